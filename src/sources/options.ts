// Checks of what a user gives to a source or sink. Everything wrong is an OptionError that says what was expected.
import { OptionError, show } from '../model/errors.ts'
import { thrownText } from '../model/thrown.ts'

/** Refuses options that do not exist: a misspelt one would be ignored in silence. */
export function checkOptions(owner: string, options: unknown, known: readonly string[]): void {
  checkReadable(`${owner}: options`, options)
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(`${owner}: options`, options, `an object with ${known.map(name => `'${name}'`).join(', ')}`)
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new OptionError(`${owner}: ${show(name)}`, (options as Record<string, unknown>)[name], `left out: the options are ${known.map(show).join(', ')}`)
    }
  }
}

/** Refuses an object that throws when it is read, so that it can be read without a thought. */
export function checkReadable(option: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  try {
    // A list is read when its items are, an iterable when it is asked for them.
    if (!Array.isArray(value)) void { ...value, iterator: Reflect.get(value, Symbol.iterator), asyncIterator: Reflect.get(value, Symbol.asyncIterator) }
  } catch (error) {
    throw new OptionError(option, value, `a plain value: it throws ${thrownText(error)} when it is read`)
  }
}

export function checkText(option: string, value: unknown, expected: string): string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) throw new OptionError(option, value, expected)
  return value
}

export function checkTexts(option: string, value: unknown, expected: string): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size !== value.length) throw new OptionError(option, value, expected)
  return value.map(text => checkText(option, text, expected))
}
