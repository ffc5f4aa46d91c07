// The items of a chunk in columns: a column that says nothing is left out, so a thousand items cost little more than their values.
import type { EncodedChunk, PartitionId, StoredChunk } from './chunk.ts'
import { isPlain, revive, tagged } from './codec.ts'
import type { RetryState } from './item.ts'
import { ItemTooLargeError } from './errors.ts'
import { Names, type NamesJson } from './names.ts'
import { isTable, tableOf, tableValuesMin, valuesOf } from './value-table.ts'

/** Says that one input partition of a producer will append nothing more in this round of the run. */
export interface EndRecord {
  readonly producer: string
  readonly round: number
}

/** The values of items as a chunk keeps them. */
export interface StoredValues {
  readonly text: string
  readonly isPlain: boolean
}

export interface Items {
  readonly values: readonly unknown[]
  /** Of values that are made when they are asked for; left out where they are there. */
  readonly count?: number | undefined
  /** The values, where their text was made before. */
  readonly stored?: StoredValues | undefined
  /** Left out: topic:partition:offset. */
  readonly ids?: Names | undefined
  /** Milliseconds since 1970; one number where all are the same. Left out: when the chunk was appended. */
  readonly times?: number | readonly number[] | undefined
  readonly keys?: readonly (string | null)[] | undefined
  readonly headers?: readonly (Readonly<Record<string, string>> | null)[] | undefined
  /** Left out: the id. */
  readonly origins?: Names | undefined
  readonly retries?: readonly RetryState[] | undefined
  /** In place of items: the chunk holds one null that counts as nothing. */
  readonly end?: EndRecord | undefined
  /** By index: items their source could not read. Never stored. */
  readonly unreadable?: ReadonlyMap<number, Error> | undefined
}

/** Items with what was left out filled in. */
export interface FullItems extends Items {
  /** The values as JSON Lines, where they are stored so and nobody has asked for the values: then they may have been changed. */
  readonly lines?: string | undefined
  /** Gives up the values: nobody asks for them any more. */
  forgetValues?(): void
  readonly ids: Names
  readonly times: number | readonly number[]
  readonly origins: Names
}

interface ColumnsJson {
  readonly ids?: NamesJson
  readonly times?: number | readonly number[]
  readonly keys?: readonly (string | null)[]
  readonly headers?: readonly (Readonly<Record<string, string>> | null)[]
  readonly origins?: NamesJson
  readonly retries?: readonly RetryState[]
  readonly end?: EndRecord
  readonly tagged?: true
}

/** Bounds on one chunk. A chunk is closed when it passes either. */
export const chunkItemsMax = 1_000
export const chunkBytesMax = 1_000_000
/** A single item may not be larger than this, in characters of JSON: reading more would stop the event loop for a second. */
export const itemBytesMax = 64_000_000

/** How the values of a chunk are written: as short as can be, a table where they allow it; as an array; as an array with a value a line. */
export type Layout = 'dense' | 'rows' | 'lined'

/** How a chunk that is laid out with a value a line begins. JSON has no line break within a value, so each that follows a comma ends one. */
const linedStart = '[\n'
const linedEnd = '\n]'
const linedBreak = ',\n'
const emptyLength = '[]'.length
// Patterns, not texts: V8 puts what `replaceAll` gives for a text together piece by piece.
const linedBreaks = /,\n/g
const objectBreaks = /\},\{/g

/** Throws CodecError for a value that cannot be stored, ItemTooLargeError for a single one beyond the bound. */
export function encodeItems(items: Items, layout: Layout = 'dense'): EncodedChunk {
  const { text, isPlain } = items.stored ?? encodeValues(items.values, layout)
  return { count: countOf(items), columns: encodeColumns(items, isPlain), values: text }
}

/** 'lined' costs a little more, and lets a sink of lines take them as they are. Only plain values are laid out so, or as a table. Throws as `encodeItems` does. */
export function encodeValues(values: readonly unknown[], layout: Layout = 'dense'): StoredValues {
  const table = layout === 'dense' && values.length >= tableValuesMin ? bounded(values.length, () => tableOf(values)) : undefined
  if (table !== undefined) return { text: table, isPlain: true }
  const isAllPlain = values.every(value => isPlain(value))
  const storable = isAllPlain ? values : values.map(value => tagged(value))
  const text = bounded(values.length, () => (isAllPlain && layout === 'lined' && values.length > 0 ? linedJson(storable) : JSON.stringify(storable)))
  return { text, isPlain: isAllPlain }
}

export function decodeValues({ text, isPlain: isAllPlain }: StoredValues): readonly unknown[] {
  return valuesIn(text, !isAllPlain)
}

/** The texts of all as that of one chunk. Undefined where they are not all there, or not all alike. */
export function joinedValues(parts: readonly Items[]): StoredValues | undefined {
  const texts = parts.map(({ stored }) => stored)
  const [first] = texts
  if (!first || !texts.every(stored => stored?.isPlain === first.isPlain && isLined(stored) === isLined(first) && !isTable(stored.text) && stored.text.length > emptyLength)) return undefined
  const [start, between, end] = isLined(first) ? [linedStart, linedBreak, linedEnd] : ['[', ',', ']']
  return { text: start + texts.map(stored => stored!.text.slice(start.length, -end.length)).join(between) + end, isPlain: first.isPlain }
}

function isLined({ text }: StoredValues): boolean {
  return text.startsWith(linedStart)
}

function linedJson(values: readonly unknown[]): string {
  return linedAtOnce(values) ?? linedStart + values.map(value => JSON.stringify(value)).join(linedBreak) + linedEnd
}

/** One call for all costs half of one for each. Objects alone, with as many breaks between objects as there are between themselves, have none within. */
function linedAtOnce(values: readonly unknown[]): string | undefined {
  if (!values.every(value => typeof value === 'object' && value !== null && !Array.isArray(value))) return undefined
  const dense = JSON.stringify(values)
  const lined = dense.replace(objectBreaks, '},\n{')
  return lined.length === dense.length + values.length - 1 ? linedStart + lined.slice(1, -1) + linedEnd : undefined
}

/** JavaScript has a longest text: RangeError beyond it. Several items can be divided. */
function bounded<T extends string | undefined>(count: number, toJson: () => T): T {
  try {
    const text = toJson()
    if (count > 1 || text === undefined || text.length <= itemBytesMax) return text
  } catch (error) {
    if (!(error instanceof RangeError) || count > 1) throw error
  }
  throw new ItemTooLargeError(itemBytesMax)
}

/** Origins that are the ids are not stored. */
export function encodeColumns({ ids, times, keys, headers, origins, retries, end }: Omit<Items, 'values'>, plain: boolean): string {
  return JSON.stringify({ ids, times, keys, headers, origins: origins === ids ? undefined : origins, retries, end, tagged: plain ? undefined : true })
}

export function decodeItems(chunk: StoredChunk): FullItems {
  return new StoredItems(chunk)
}

/** A class, for V8 reads a property slowly whose getter is another one in each object. Not to be spread: its getters would be left out. */
class StoredItems implements FullItems {
  readonly count: number
  readonly ids: Names
  readonly times: number | readonly number[]
  readonly keys: Items['keys']
  readonly headers: Items['headers']
  readonly origins: Names
  readonly retries: Items['retries']
  readonly end: EndRecord | undefined
  readonly #isTagged: boolean
  #text: string | undefined
  #values: readonly unknown[] | undefined

  constructor(chunk: StoredChunk) {
    const { ids, times, keys, headers, origins, retries, end, tagged: isTagged } = JSON.parse(chunk.columns) as ColumnsJson
    this.count = chunk.count
    this.ids = ids ? Names.fromJson(ids) : Names.numbered(idPrefix(chunk), chunk.offset, chunk.count)
    this.times = times ?? chunk.at
    this.keys = keys
    this.headers = headers
    this.origins = origins ? Names.fromJson(origins) : this.ids
    this.retries = retries
    this.end = end
    this.#isTagged = isTagged === true
    this.#text = chunk.values
  }

  get values(): readonly unknown[] {
    if (this.#values) return this.#values
    this.#values = valuesIn(this.#text!, this.#isTagged)
    this.#text = undefined
    return this.#values
  }

  get lines(): string | undefined {
    return this.#text?.startsWith(linedStart) ? linesIn(this.#text) : undefined
  }

  forgetValues(): void {
    this.#values = []
    this.#text = undefined
  }
}

/** Without making the values. */
export function countOf(items: Items): number {
  return items.count ?? items.values.length
}

function valuesIn(text: string, isTagged: boolean): readonly unknown[] {
  const values = isTable(text) ? valuesOf(text) : (JSON.parse(text) as unknown[])
  return isTagged ? values.map(revive) : values
}

/** The values as JSON Lines, each with its line break. They are plain. */
export function linesOf(values: readonly unknown[]): string {
  return values.length === 0 ? '' : linesIn(linedJson(values))
}

function linesIn(lined: string): string {
  return `${lined.slice(linedStart.length, -linedEnd.length).replace(linedBreaks, '\n')}\n`
}

/** The end record of a chunk that is one; cheap where it is none. */
export function endOf(chunk: EncodedChunk): EndRecord | undefined {
  return chunk.count === 1 && chunk.columns.includes('"end":') ? (JSON.parse(chunk.columns) as ColumnsJson).end : undefined
}

export function encodeEnd(end: EndRecord): EncodedChunk {
  return encodeItems({ values: [null], end })
}

export function idPrefix({ topic, partition }: PartitionId): string {
  return `${topic}:${partition}:`
}

/** A chunk without the items at these indexes. */
export function without(chunk: EncodedChunk, indexes: readonly number[]): EncodedChunk {
  if (indexes.length === 0) return chunk
  const dropped = new Set(indexes)
  const kept = Array.from({ length: chunk.count }, (_, index) => index).filter(index => !dropped.has(index))
  const columns = JSON.parse(chunk.columns) as ColumnsJson
  const values = valuesIn(chunk.values, false)
  const pick = <T>(column: readonly T[] | undefined) => column && kept.map(index => column[index]!)
  const names = (column: NamesJson | undefined) => column && Names.fromJson(column).pick(kept).toJSON()
  const { times } = columns
  return {
    count: kept.length,
    columns: JSON.stringify({
      ...columns, ids: names(columns.ids), origins: names(columns.origins), keys: pick(columns.keys), headers: pick(columns.headers),
      retries: pick(columns.retries), times: typeof times === 'object' ? pick(times) : times,
    }),
    values: JSON.stringify(pick(values)),
  }
}
