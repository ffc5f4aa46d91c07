// One line of a list: a name, or a JSON object that has a name.
import { nameFault } from '../model/item-name.ts'
import { parseJson } from '../sources/json-text.ts'
import { messageOf } from '../sources/source-error.ts'
import type { ListedItem } from './item-source.ts'

/** The data of a bare name is { name }. A line that begins with '{' is JSON; `field` is the one that names it. Undefined for an empty line. */
export function lineItem(line: string, field: string): ListedItem | undefined {
  const text = line.trim()
  if (text === '') return undefined
  return text.startsWith('{') ? objectItem(text, field) : checked(text, { name: text })
}

function objectItem(text: string, field: string): ListedItem {
  try {
    const data = parseJson(text) as Readonly<Record<string, unknown>>
    const name = Object.hasOwn(data, field) ? data[field] : undefined
    if (name === undefined) return { name: text, fault: `it has no field '${field}' to be called by` }
    return checked(typeof name === 'number' ? String(name) : name, data)
  } catch (error) {
    return { name: text, fault: `it is not JSON: ${messageOf(error)}` }
  }
}

function checked(name: unknown, data: object): ListedItem {
  const fault = nameFault(name)
  return fault === undefined ? { name: name as string, data } : { name: String(name), fault }
}
