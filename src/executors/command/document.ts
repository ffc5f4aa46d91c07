// An item and a result as a command sees them: one JSON document each, or the bytes themselves when the item is bytes. Any language reads
// it, so what JSON lacks is written plainly: a Date as ISO text, a bigint as a number or, beyond 2^53, as text, a Map as pairs, a Set as
// an array, bytes as base64.
import { CodecError, isPlain } from '../../model/codec.ts'
import { PermanentError } from '../../model/errors.ts'
import { checkData } from '../pool/data.ts'

export function itemDocument(item: unknown): string | Uint8Array {
  if (item instanceof Uint8Array) return item
  if (isPlain(item)) return JSON.stringify(item)
  checkData(item, 'the item')
  return JSON.stringify(item, plainly) ?? 'null'
}

export function resultOf(item: unknown, content: Buffer | undefined): unknown {
  if (content === undefined) return undefined
  if (item instanceof Uint8Array) return new Uint8Array(content)
  const result = parse(textOf(content))
  checkKeys(result)
  return result
}

/** Bytes that are no text would otherwise be read as '\ufffd', and nobody would know. */
function textOf(content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (error) {
    throw new Error('what the command left in WORK_RESULT_FILE is not valid UTF-8; write the JSON document in UTF-8', { cause: error })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`what the command left in WORK_RESULT_FILE is not one JSON document: ${(error as Error).message}`, { cause: error })
  }
}

// All of parsed JSON is plain, unless a key is refused.
function checkKeys(result: unknown): void {
  try {
    checkData(result, 'the result of the command')
  } catch (error) {
    throw error instanceof CodecError ? new PermanentError(error.message, { cause: error }) : error
  }
}

function plainly(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Map || value instanceof Set) return [...value]
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  // JSON.stringify has called Buffer's toJSON before it asks.
  const original = (this as Record<string, unknown>)[_key]
  return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : value
}
