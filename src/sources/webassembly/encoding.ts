// Numbers as WebAssembly's binary format has them: integers in groups of seven bits, the last one first (LEB128).

export function unsignedBytes(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsignedBytes(value >>> 7)]
}

/** Ends where what is left is only copies of the sign. */
export function signedBytes(value: bigint): readonly number[] {
  const low = Number(value & 127n)
  return value >= -64n && value < 64n ? [low] : [low | 128, ...signedBytes(value >> 7n)]
}

export function floatBytes(value: number): readonly number[] {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value, true)
  return [...new Uint8Array(view.buffer)]
}

export function textBytes(text: string): readonly number[] {
  return listBytes([...Buffer.from(text)].map(byte => [byte]))
}

/** How many there are, and they. */
export function listBytes(items: readonly (readonly number[])[]): readonly number[] {
  return [...unsignedBytes(items.length), ...items.flat()]
}
