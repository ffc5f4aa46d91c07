// The documents of the source interface, as they come from a server that may be anything: each is checked before a field of it is used.
import { parseJson } from './json-text.ts'
import { messageOf } from './source-error.ts'
import { AnswerError } from './work-source-errors.ts'

export interface ItemList {
  readonly items: readonly unknown[]
  /** Where the list goes on. */
  readonly next: string | undefined
  /** The same on every page of one state of the list. */
  readonly version: string | undefined
}

/** `place` is the address, for messages. Throws AnswerError. */
export function readItemList(text: string, place: string): ItemList {
  const document = documentOf(text, place, 'ItemList')
  const { items, metadata } = document as { readonly items?: unknown; readonly metadata?: { readonly continue?: unknown; readonly resourceVersion?: unknown } }
  if (!Array.isArray(items)) throw new AnswerError(`${place}: 'items' of the list is ${kindOf(items)}, but must be a list of names`)
  const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  return { items, next: textOf(metadata?.continue), version: textOf(metadata?.resourceVersion) }
}

/** The item's data. Throws AnswerError. */
export function readItem(text: string, place: string): unknown {
  const document = documentOf(text, place, 'Item')
  if (!Object.hasOwn(document, 'data')) throw new AnswerError(`${place}: the item has no 'data'; expected {"kind":"Item","apiVersion":"v1","data":{...}}`)
  return document['data']
}

function documentOf(text: string, place: string, kind: 'ItemList' | 'Item'): Readonly<Record<string, unknown>> {
  const document = parsed(text, place)
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw new AnswerError(`${place}: the answer is ${kindOf(document)}, but must be an object of kind ${kind}`)
  const fields = document as Record<string, unknown>
  if (fields['kind'] !== kind) throw new AnswerError(`${place}: the answer is of kind ${JSON.stringify(fields['kind'])?.slice(0, 100)}, but must be '${kind}'; is this the address of a work source?`)
  if (fields['apiVersion'] !== 'v1') throw new AnswerError(`${place}: the answer is of version ${JSON.stringify(fields['apiVersion'])?.slice(0, 100)}, but this version of Batchwork reads 'v1'`)
  return fields
}

function parsed(text: string, place: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw new AnswerError(`${place}: the answer is not JSON that can be taken: ${messageOf(error)}`, { cause: error })
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
