// The values of a chunk as a table: the names of fields that all of them have, and what is the same in all of them, are written once. Half the text, and
// half the time to read it, for the flat objects that most items are. (Apache Parquet and Arrow keep columns for the same reason.)
import { CodecError, isScalar, type Scalar } from './codec.ts'

/** Fewer may be joined to others as text, and then cannot be a table. */
export const tableValuesMin = 501
/** No chunk holds more. */
const valuesMax = 100_000
/** With more, objects are hash tables to V8. */
const fieldsMax = 32
/** What such a field means, to JSON, to the codec or to JavaScript. */
const refused: ReadonlySet<string> = new Set(['toJSON', '$type', '__proto__'])

interface Table {
  readonly count: number
  readonly fields: readonly string[]
  /** A list is by value; anything else is the same in all. */
  readonly columns: readonly (readonly Scalar[] | Scalar)[]
}

/** Undefined where they are no flat objects of plain values with the same fields in the same order. */
export function tableOf(values: readonly unknown[]): string | undefined {
  const fields = fieldsOf(values[0])
  const columns = fields && columnsOf(values as readonly Record<string, unknown>[], fields)
  if (!columns?.every(isOfScalars)) return undefined
  return JSON.stringify({ count: values.length, fields: fields!, columns: columns.map(column => (isConstant(column) ? column[0]! : column)) } satisfies Table)
}

/** An array of values is none. */
export function isTable(text: string): boolean {
  return text.startsWith('{')
}

/** What `tableOf` was given, each an object of its own. Throws CodecError for what is no such table. */
export function valuesOf(text: string): readonly unknown[] {
  const table = JSON.parse(text) as Table
  if (!isWhole(table)) throw new CodecError('a stored chunk is no table of values: it is damaged, or was written by something else')
  const { count, fields, columns } = table
  const empty = Object.fromEntries(fields.map(field => [field, null]))
  const values: Record<string, unknown>[] = []
  for (let index = 0; index < count; index++) values.push({ ...empty })
  fields.forEach((field, place) => fill(values, field, columns[place]!))
  return values
}

function isWhole({ count, fields, columns }: Partial<Table>): boolean {
  if (!Number.isInteger(count) || count! < 0 || count! > valuesMax || !Array.isArray(fields) || !Array.isArray(columns)) return false
  return fields.length === columns.length && fields.every(field => typeof field === 'string' && !refused.has(field)) && columns.every(column => !Array.isArray(column) || column.length === count)
}

function fieldsOf(value: unknown): readonly string[] | undefined {
  if (!isLiteral(value) || 'toJSON' in value) return undefined
  const fields = Object.keys(value)
  return fields.length <= fieldsMax && !fields.some(field => refused.has(field)) ? fields : undefined
}

function columnsOf(values: readonly Record<string, unknown>[], fields: readonly string[]): readonly (readonly unknown[])[] | undefined {
  const columns = fields.map((): unknown[] => [])
  for (const value of values) {
    if (!isLiteral(value)) return undefined
    let place = 0
    for (const field in value) {
      if (field !== fields[place]) return undefined
      columns[place++]!.push(value[field])
    }
    if (place < fields.length) return undefined
  }
  return columns
}

function fill(values: readonly Record<string, unknown>[], field: string, column: readonly Scalar[] | Scalar): void {
  if (Array.isArray(column)) for (let index = 0; index < values.length; index++) values[index]![field] = column[index]
  else for (const value of values) value[field] = column
}

function isLiteral(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function isOfScalars(column: readonly unknown[]): column is readonly Scalar[] {
  for (const value of column) if (!isScalar(value)) return false
  return true
}

function isConstant(column: readonly Scalar[]): boolean {
  for (const value of column) if (value !== column[0]) return false
  return true
}
