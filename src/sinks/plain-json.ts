// Values as JSON that other programs read. Unlike the store's codec it does not have to come back as it was.
import { isPlain } from '../model/codec.ts'

/**
 * A Date becomes ISO text, a bigint decimal text, bytes base64, a Set an array, a Map an object where all its keys are strings and else an
 * array of pairs; NaN, infinities and undefined become null. `indent` is the spaces of each level.
 */
export function plainJson(value: unknown, indent?: number): string {
  return (isSurelyPlain(value) ? JSON.stringify(value, undefined, indent) : JSON.stringify(value, replace, indent)) ?? 'null'
}

/** Whether it is what JSON makes of it, and looking does not throw. A value as deep as the store takes, with a report's or a batch's level around it, is deeper than the store takes. */
export function isSurelyPlain(value: unknown): boolean {
  try {
    return isPlain(value)
  } catch {
    return false
  }
}

/** `this[key]` is the value before its toJSON, which makes Buffers unrecognisable. */
function replace(this: any, key: string, converted: unknown): unknown {
  const value: unknown = this[key]
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (value instanceof Set) return [...value]
  if (value instanceof Map) return [...value.keys()].every(key => typeof key === 'string') ? Object.fromEntries(value) : [...value]
  return converted
}
