// How much memory a value takes, roughly and cheaply: a combiner asks it of a few of its sums.
const objectBytes = 40
const fieldBytes = 16
/** Parts of one value that are looked at; what is larger is taken to go on like that. */
const partsMax = 64

export function sizeOf(value: unknown): number {
  switch (typeof value) {
    case 'string': return fieldBytes + value.length
    case 'object': return value === null ? 0 : sizeOfObject(value)
    default: return Number.isSafeInteger(value) ? 0 : fieldBytes
  }
}

function sizeOfObject(value: object): number {
  if (ArrayBuffer.isView(value)) return objectBytes + value.byteLength
  if (Array.isArray(value)) return objectBytes + sizeOfParts(value, value.length)
  if (value instanceof Map) return objectBytes + 2 * sizeOfParts(value.values(), value.size)
  if (value instanceof Set) return objectBytes + sizeOfParts(value, value.size)
  const fields = Object.values(value)
  return objectBytes + sizeOfParts(fields, fields.length)
}

function sizeOfParts(parts: Iterable<unknown>, count: number): number {
  let bytes = 0
  let looked = 0
  for (const part of parts) {
    bytes += fieldBytes + sizeOf(part)
    if (++looked === partsMax) break
  }
  return looked === 0 ? 0 : (bytes / looked) * count
}
