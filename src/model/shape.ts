// What values look like, inferred from examples: { page: string, bytes: number 200..5199, tags?: string[] }. The one thing to know: shapes are merged
// one by one, and the order does not matter; what is too deep or too wide is told of as a whole.
import { shortText } from './errors.ts'

export interface Shape {
  /** Values it was inferred from. */
  readonly count: number
  /** By name, how many values were of a kind that has no parts: 'string', 'null', 'Date'. */
  readonly kinds: ReadonlyMap<string, number>
  readonly numbers?: Range | undefined
  readonly lists?: { readonly count: number; readonly items: Shape } | undefined
  readonly objects?: ObjectShape | undefined
}

interface Range {
  readonly min: number
  readonly max: number
}

interface ObjectShape {
  readonly count: number
  readonly fields: ReadonlyMap<string, Shape>
  /** In place of fields, where there are too many: all their values together. */
  readonly values?: Shape | undefined
}

/** An object with more fields than that is taken for a dictionary. */
const fieldsMax = 50
const depthMax = 5
/** Of a list, so many are looked at. */
const listItemsMax = 50
const textCharactersMax = 600
const nameCharactersMax = 60

export const noShape: Shape = { count: 0, kinds: new Map() }

/** The shape of one value. Whatever the value, it does not throw. */
export function shapeOf(value: unknown): Shape {
  try {
    return shapeAt(value, 0)
  } catch {
    return ofKind('unreadable')
  }
}

/** The shape of the values of both. The order does not matter, nor does grouping. */
export function mergedShape(a: Shape, b: Shape): Shape {
  if (a.count === 0) return b
  if (b.count === 0) return a
  return {
    count: a.count + b.count,
    kinds: mergedMap(a.kinds, b.kinds, (one, other) => one + other),
    numbers: either(a.numbers, b.numbers, (one, other) => ({ min: Math.min(one.min, other.min), max: Math.max(one.max, other.max) })),
    lists: either(a.lists, b.lists, (one, other) => ({ count: one.count + other.count, items: mergedShape(one.items, other.items) })),
    objects: either(a.objects, b.objects, mergedObjects),
  }
}

/** One line, of bounded length: '{ page: string, bytes: number 200..5199, tags?: string[] }'. */
export function shapeText(shape: Shape): string {
  const text = partsOf(shape).join(' | ')
  return text.length <= textCharactersMax ? text : `${text.slice(0, textCharactersMax)}…`
}

function shapeAt(value: unknown, depth: number): Shape {
  if (typeof value === 'number') return Number.isFinite(value) ? { count: 1, kinds: new Map(), numbers: { min: value, max: value } } : ofKind(String(value))
  if (value === null) return ofKind('null')
  if (typeof value !== 'object') return ofKind(typeof value)
  if (Array.isArray(value)) return depth === depthMax ? ofKind('list') : ofList(value, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return ofKind(shortText(nameOf(prototype), nameCharactersMax))
  return depth === depthMax ? ofKind('object') : ofObject(value, depth)
}

function ofKind(name: string): Shape {
  return { count: 1, kinds: new Map([[name, 1]]) }
}

function ofList(list: readonly unknown[], depth: number): Shape {
  const items = list.slice(0, listItemsMax).map(item => shapeAt(item, depth + 1)).reduce(mergedShape, noShape)
  return { count: 1, kinds: new Map(), lists: { count: 1, items } }
}

function ofObject(object: object, depth: number): Shape {
  const fields = Object.entries(object).filter(([, value]) => value !== undefined).map(([name, value]) => [name, shapeAt(value, depth + 1)] as const)
  return { count: 1, kinds: new Map(), objects: bounded(1, new Map(fields)) }
}

function nameOf(prototype: unknown): string {
  const { constructor } = prototype as { readonly constructor?: { readonly name?: unknown } | undefined }
  return typeof constructor?.name === 'string' && constructor.name !== '' ? constructor.name : 'object'
}

function mergedObjects(a: ObjectShape, b: ObjectShape): ObjectShape {
  const count = a.count + b.count
  if (a.values || b.values) return { count, fields: new Map(), values: mergedShape(valuesOf(a), valuesOf(b)) }
  return bounded(count, mergedMap(a.fields, b.fields, mergedShape))
}

function bounded(count: number, fields: ReadonlyMap<string, Shape>): ObjectShape {
  return fields.size <= fieldsMax ? { count, fields } : { count, fields: new Map(), values: valuesOf({ count, fields }) }
}

function valuesOf({ fields, values }: ObjectShape): Shape {
  return values ?? [...fields.values()].reduce(mergedShape, noShape)
}

function either<T>(a: T | undefined, b: T | undefined, merge: (a: T, b: T) => T): T | undefined {
  return a === undefined ? b : b === undefined ? a : merge(a, b)
}

function mergedMap<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>, merge: (a: T, b: T) => T): ReadonlyMap<string, T> {
  const merged = new Map(a)
  for (const [name, value] of b) merged.set(name, merged.has(name) ? merge(merged.get(name)!, value) : value)
  return merged
}

function partsOf({ kinds, numbers, lists, objects }: Shape): readonly string[] {
  return [
    ...(objects ? [objectText(objects)] : []),
    ...(lists ? [listText(lists.items)] : []),
    ...(numbers ? [numbers.min === numbers.max ? `number ${numbers.min}` : `number ${numbers.min}..${numbers.max}`] : []),
    ...[...kinds.keys()].toSorted(),
  ]
}

function listText(items: Shape): string {
  const parts = partsOf(items)
  return parts.length > 1 || items.numbers ? `(${parts.join(' | ')})[]` : `${parts.join('')}[]`
}

function objectText({ count, fields, values }: ObjectShape): string {
  if (values) return `{ [key]: ${partsOf(values).join(' | ')} }`
  if (fields.size === 0) return '{}'
  const texts = [...fields].map(([name, shape]) => `${fieldName(name)}${shape.count < count ? '?' : ''}: ${partsOf(shape).join(' | ')}`)
  return `{ ${texts.join(', ')} }`
}

function fieldName(name: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) && name.length <= nameCharactersMax ? name : JSON.stringify(shortText(name, nameCharactersMax))
}
