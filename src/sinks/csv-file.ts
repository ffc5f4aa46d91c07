// Records as a CSV file with a header row. csv-stringify does the quoting; rows that need none are written without it, in a fifth of the time.
import { stringify } from 'csv-stringify/sync'
import { PermanentError, show } from '../model/errors.ts'
import { checkOptions, checkText, checkTexts } from '../sources/options.ts'
import type { Sink } from '../sink.ts'
import { FileSink, type Format } from './file-sink.ts'
import { plainJson } from './plain-json.ts'

export interface CsvFileOptions {
  /** What is written, in this order; other properties are left out. Default: the properties of the first item, and others are then refused. */
  readonly columns?: readonly string[] | undefined
}

/**
 * All items as a CSV file with a header row, which appears when the run has completed; a run without items leaves the header, or an empty file where
 * no columns were given. What a redrive brings to a completed run is added. Missing, null and undefined become an empty field, a Date ISO
 * text, booleans 'true' and 'false', objects JSON as in `jsonLinesFile`. Text goes out as it is: a spreadsheet takes what begins with '=' for a formula,
 * so clean what strangers wrote before you open it in one. Throws OptionError for wrong options; an item that is no record, or has a property that is
 * no column, is refused with PermanentError.
 *
 *     pages.to(csvFile('report.csv', { columns: ['page', 'hits'] }))
 */
export function csvFile(path: string, options: CsvFileOptions = {}): Sink<object> {
  checkText('csvFile: the path', path, "the path of a file, such as 'report.csv'")
  checkOptions('csvFile', options, ['columns'])
  const { columns } = options
  if (columns !== undefined) checkTexts('csvFile: columns', columns, 'an array of at least one column name, each there once')
  return new FileSink(path, formatOf(path, columns))
}

function formatOf(path: string, chosen: readonly string[] | undefined): Format<object> {
  return {
    grows: true,
    empty: chosen ? textOf([], chosen, true) : '',
    encode(items, staged, state) {
      for (const item of items) checkRecord(item, path)
      const columns = chosen ?? (state as readonly string[] | undefined) ?? Object.keys(items[0]!)
      if (columns.length === 0) throw new PermanentError(`${path}: the first item has no properties to make columns of; give csvFile the option 'columns'`)
      if (!chosen) for (const item of items) checkColumns(item, columns, path)
      return { text: textOf(items, columns, staged === 0), state: chosen ? undefined : columns }
    },
  }
}

function checkRecord(item: unknown, path: string): void {
  if (typeof item !== 'object' || item === null || Array.isArray(item) || item instanceof Map) {
    throw new PermanentError(`${path}: an item is ${show(item)}, but a row is made of an object with a property for each column; map the items first`)
  }
}

function checkColumns(item: object, columns: readonly string[], path: string): void {
  for (const name of Object.keys(item)) {
    if (!columns.includes(name)) {
      throw new PermanentError(`${path}: an item has the property ${show(name)}, which is not among the columns of the first item (${columns.join(', ')}); give csvFile the option 'columns'`)
    }
  }
}

function textOf(items: readonly object[], columns: readonly string[], header: boolean): string {
  const names = header ? quotedTextOf([columns], columns.length) : ''
  return names + ((columns.length > 1 ? plainTextOf(items, columns) : undefined) ?? quotedTextOf(rowsOf(items, columns), columns.length))
}

/** Undefined where a field is more than a number or text without a character that asks for quotes. */
function plainTextOf(items: readonly object[], columns: readonly string[]): string | undefined {
  let text = ''
  for (const item of items) {
    let separator = ''
    for (const column of columns) {
      const field = (item as Record<string, unknown>)[column]
      if (typeof field !== 'number' && (typeof field !== 'string' || needsQuotes.test(field))) return undefined
      text += separator + field
      separator = ','
    }
    text += '\n'
  }
  return text
}

/** Or may need them: csv-stringify knows. */
const needsQuotes = /[^\w\-+./:;@ ]/

/** As arrays: csv-stringify would take a column named 'a.b' for a path. */
function rowsOf(items: readonly object[], columns: readonly string[]): readonly (readonly unknown[])[] {
  return items.map(item => columns.map(column => (item as Record<string, unknown>)[column]))
}

function quotedTextOf(rows: readonly (readonly unknown[])[], width: number): string {
  return stringify([...rows], {
    // A row of one empty field would be an empty line, which readers pass over.
    quoted_empty: width === 1,
    cast: { boolean: String, bigint: String, date: date => Number.isNaN(date.getTime()) ? '' : date.toISOString(), object: value => objectText(value) },
  })
}

/** Bytes are base64 text without quotes; everything else is JSON. */
function objectText(value: object): string {
  const json = plainJson(value)
  return json.startsWith('"') ? JSON.parse(json) as string : json
}
