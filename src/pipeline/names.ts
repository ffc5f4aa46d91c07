// Names of stages, topics, shards and pipelines: progress, topics, metrics and traces are found by them.
import type { Check } from './checks.ts'
import { mustBe, where } from './checks.ts'

export const nameLengthMax = 200
const namesMax = 10_000

const expected = `a text of 1 to ${nameLengthMax} characters without '/' and control characters`

export const aName: Check = where(isName, expected)

/** The names in a list: each in order, and no two alike. */
export const differentNames: Check = (names, option) => {
  if (!Array.isArray(names) || names.length === 0) return mustBe(option, names, 'a list of at least one name')
  if (names.length > namesMax) return `${option} has ${names.length} names, but may have at most ${namesMax}`
  const wrong = names.find(name => !isName(name))
  if (wrong !== undefined || names.includes(undefined)) return mustBe(`one of ${option}`, wrong, expected)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined ? undefined : `${option} has '${twice}' twice; give each its own name`
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= nameLengthMax && !/[\p{Cc}\p{Cs}/]/u.test(value)
}
