// What an option may be. A check gives the problem in words, or undefined; `checkOptions` turns the first one into a PlanError.
// The types refuse most of this already: the checks are for JavaScript, for values read at run time, and for what types cannot say.
import { OptionError, shortText, show } from '../model/errors.ts'
import { thrownText } from '../model/thrown.ts'
import { bytesOf, checkTolerance, millisecondsOf, shareOf } from '../model/values.ts'
import { refuse, type Call } from './call.ts'
import { nearestTo } from './suggestion.ts'

export type Problem = string | undefined
export type Check = (value: unknown, option: string) => Problem
export type Checks = Readonly<Record<string, Check>>

/** Refuses unknown options and wrong values. `undefined` for all of them, or for one, is as if it were left out. */
export function checkOptions(call: Call, options: unknown, checks: Checks): void {
  const problem = options === undefined ? undefined : looked('the options argument', () => fieldsProblem(options, checks, ''))
  if (problem !== undefined) refuse(call, problem)
}

/** Refuses one value that is not an option: an argument. */
export function checkArgument(call: Call, value: unknown, argument: string, check: Check): void {
  const problem = looked(argument, () => check(value, argument))
  if (problem !== undefined) refuse(call, problem)
}

/** Refuses an object that throws when its fields are read: for those that are not read through a check. */
export function checkReadable(call: Call, value: unknown, argument: string): void {
  checkArgument(call, value, argument, () => {
    // Symbols too, which Object.values passes over.
    if (isRecord(value)) void { ...value }
    return undefined
  })
}

/** Looking at a value runs its getters and its proxy's traps, which may throw. */
export function looked(option: string, look: () => Problem): Problem {
  try {
    return look()
  } catch (error) {
    return `${option} cannot be looked at: it throws ${thrownText(error)}; give a plain value`
  }
}

function fieldsProblem(options: unknown, checks: Checks, prefix: string): Problem {
  if (!isRecord(options)) return mustBe(prefix === '' ? 'the options argument' : prefix.slice(0, -1), options, 'an object')
  for (const name of Object.keys(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    const option = `${prefix}${shortText(name, shownMax)}`
    if (!check) return unknownOption(option, name, Object.keys(checks))
    const problem = looked(option, () => (options[name] === undefined ? undefined : check(options[name], option)))
    if (problem !== undefined) return problem
  }
  return undefined
}

function unknownOption(option: string, name: string, known: readonly string[]): string {
  const meant = nearestTo(name, known)
  return `unknown option '${option}': expected one of ${known.join(', ')}${meant === undefined ? '' : `; did you mean '${meant}'?`}`
}

const shownMax = 80

/** 'attempts is 0, but must be a whole number from 1'. Long values are shortened. */
export function mustBe(option: string, value: unknown, expected: string): string {
  const shown = typeof value === 'number' ? String(value) : show(value)
  const short = shown.length > shownMax ? `${shown.slice(0, shownMax)}…` : shown
  return `${option} is ${short}, but must be ${expected}`
}

export function where(isRight: (value: any) => boolean, expected: string): Check {
  return (value, option) => (isRight(value) ? undefined : mustBe(option, value, expected))
}

/** Runs a check of the vocabulary, which throws OptionError. */
function asThrown(check: (value: any, option: string) => unknown, isRight: (result: any) => boolean, expected: string): Check {
  return (value, option) => {
    try {
      return isRight(check(value, option)) ? undefined : mustBe(option, value, expected)
    } catch (error) {
      if (error instanceof OptionError) return mustBe(option, value, error.message.split(', but must be ').at(-1)!)
      throw error
    }
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isWhole = (from: number) => (value: unknown) => Number.isSafeInteger(value) && (value as number) >= from

export const aFunction: Check = where(value => typeof value === 'function', 'a function')
export const aFlag: Check = where(value => typeof value === 'boolean', 'true or false')
export const aText: Check = where(value => typeof value === 'string' && value.trim() !== '', 'a text that is not empty')
export const aCount: Check = where(isWhole(1), 'a whole number from 1')
export const aCountOrAuto: Check = where(value => value === 'auto' || isWhole(1)(value), "a whole number from 1, or 'auto'")
export const anOffset: Check = where(isWhole(0), 'a whole number from 0')
export const aPositiveNumber: Check = where(value => Number.isFinite(value) && value > 0, 'a number above 0')

export const aDelay: Check = asThrown(texted(millisecondsOf), Number.isFinite, 'a finite duration')
export const aDuration: Check = asThrown(texted(millisecondsOf), ms => Number.isFinite(ms) && ms > 0, "a duration above 0, such as '30s'")
export const aSize: Check = asThrown(texted(bytesOf), bytes => Number.isFinite(bytes) && bytes >= 1, "a size of at least '1B'")
export const aShare: Check = asThrown(texted(shareOf), share => share <= 1, "a share up to '100%'")
export const aTolerance: Check = asThrown(
  (value, option) => checkTolerance(typeof value === 'number' || typeof value === 'string' ? value as number : '' as '0%', option),
  () => true, '',
)

/** Only texts: an array of one text would be read as that text. */
function texted(check: (value: any, option: string) => number): (value: unknown, option: string) => number {
  return (value, option) => check(typeof value === 'string' ? value : '', option)
}

export function oneOf(...values: readonly string[]): Check {
  return where(value => values.includes(value), values.map(value => `'${value}'`).join(' or '))
}

/** An object of options of its own, each with its check. */
export function fields(checks: Checks, required: readonly string[] = []): Check {
  return (value, option) => {
    const missing = isRecord(value) ? required.find(name => value[name] === undefined) : undefined
    return missing === undefined ? fieldsProblem(value, checks, `${option}.`) : `${option}.${missing} is missing`
  }
}

/** What passes one of the checks; the problem named is that of `expected`. */
export function either(first: Check, second: Check, expected: string): Check {
  return (value, option) => {
    const problems = [first(value, option), second(value, option)]
    if (problems.includes(undefined)) return undefined
    return isRecord(value) ? problems[1] : mustBe(option, value, expected)
  }
}

export const aSchema: Check = where(
  value => typeof value?.['~standard']?.validate === 'function',
  "a schema that follows Standard Schema (zod, valibot, arktype): an object with '~standard'.validate",
)
