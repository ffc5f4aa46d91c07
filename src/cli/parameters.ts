// The flags that are the pipeline's own parameters. A Standard Schema cannot be asked what it takes, so flags are read as they come and
// the schema judges: text first; where it wants something else, the number, truth value or list that the text spells.
import { BatchworkError, SchemaError, shortText, show } from '../model/errors.ts'
import { paramsOf } from '../pipeline/build.ts'
import { readPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import { nearestTo } from '../pipeline/suggestion.ts'

type Given = Record<string, unknown>

/** What the pipeline's schema takes. `own` are the command's own options, for suggestions. Throws a message that names flags, not fields. */
export function parametersFor(pipeline: Pipeline<any, any>, words: readonly string[], own: readonly string[]): unknown {
  const flags = parseFlags(words)
  const { name, options } = readPipeline(pipeline)!
  const [first] = flags.keys()
  if (!options.params) {
    if (first !== undefined) throw new BatchworkError('USAGE', `pipeline '${name}' takes no parameters, so ${flagOf(first)} means nothing${suggest(first, own)}`)
    return undefined
  }
  const given: Given = Object.fromEntries(flags)
  const fitting = fitted(pipeline, given)
  checkAllHeeded(pipeline, fitting, own)
  return fitting
}

/** `--name value`, `--name=value` and `--flag` (true); kebab to camel; a flag given twice is a list. */
export function parseFlags(words: readonly string[]): ReadonlyMap<string, unknown> {
  const flags = new Map<string, unknown>()
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    if (word === '--') continue
    const match = /^--([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word)
    if (!match) throw new BatchworkError('USAGE', `${show(word)} is not understood; parameters are given as --name value, or --name=value`)
    const next = words[index + 1]
    const takesNext = match[2] === undefined && next !== undefined && !next.startsWith('--')
    if (takesNext) index++
    add(flags, camel(match[1]!), match[2] ?? (takesNext ? next : true))
  }
  return flags
}

function add(flags: Map<string, unknown>, name: string, value: unknown): void {
  const before = flags.get(name)
  flags.set(name, before === undefined ? value : [...Array.isArray(before) ? before : [before], value])
}

function fitted(pipeline: Pipeline<any, any>, given: Given): Given {
  const issues = issuesOf(pipeline, given)
  if (!issues) return given
  const wrong = new Set(issues.issues.map(({ path }) => fieldOf(path)))
  const second = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, wrong.has(name) ? spelt(value) : value]))
  const stillWrong = issuesOf(pipeline, second)
  if (stillWrong) throw wrongParameters(pipeline, issues, given)
  return second
}

function issuesOf(pipeline: Pipeline<any, any>, given: Given): SchemaError | undefined {
  try {
    paramsOf(pipeline, given)
    return undefined
  } catch (error) {
    if (error instanceof SchemaError) return error
    throw error
  }
}

/** What a text may stand for beside itself. */
function spelt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(each => (typeof each === 'string' && isNumber(each) ? Number(each) : each))
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && isNumber(value) ? Number(value) : [value]
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

function wrongParameters(pipeline: Pipeline<any, any>, { issues }: SchemaError, given: Given): BatchworkError {
  const lines = issues.map(({ message, path }) => {
    const field = fieldOf(path)
    if (field === undefined) return `  ${message}`
    return Object.hasOwn(given, field) ? `  ${flagOf(field)} ${shortText(String(given[field]))}: ${message}` : `  ${flagOf(field)} is missing: ${message}`
  })
  return new BatchworkError('PARAMETERS', `the parameters do not fit pipeline '${pipeline.name}':\n${lines.join('\n')}`)
}

/** A schema of an object drops what it does not know: a misspelt flag would pass unseen. */
function checkAllHeeded(pipeline: Pipeline<any, any>, given: Given, own: readonly string[]): void {
  const result = paramsOf(pipeline, given) as object
  if (typeof result !== 'object' || result === null) return
  const known = [...Object.keys(result), ...(issuesOf(pipeline, {})?.issues ?? []).map(({ path }) => fieldOf(path)).filter(field => field !== undefined)]
  const unheeded = Object.keys(given).find(name => !Object.hasOwn(result, name) && isIgnored(pipeline, given, name, result))
  if (unheeded === undefined) return
  const takes = [...new Set(known)].map(flagOf).join(', ')
  throw new BatchworkError('USAGE', `pipeline '${pipeline.name}' has no parameter ${flagOf(unheeded)}${suggest(unheeded, [...known, ...own])}${takes === '' ? '' : `; it takes ${takes}`}`)
}

/** Whether even a value that nobody would accept changes nothing. */
function isIgnored(pipeline: Pipeline<any, any>, given: Given, name: string, result: object): boolean {
  const absurd = { ...given, [name]: { absurd: true } }
  return !issuesOf(pipeline, absurd) && JSON.stringify(paramsOf(pipeline, absurd)) === JSON.stringify(result)
}

function suggest(name: string, known: readonly string[]): string {
  const nearest = nearestTo(name, known)
  return nearest === undefined ? '' : `; did you mean ${flagOf(nearest)}?`
}

function fieldOf(path: SchemaError['issues'][number]['path']): string | undefined {
  const first = path?.[0] as PropertyKey | { readonly key: PropertyKey } | undefined
  return first === undefined ? undefined : String(typeof first === 'object' ? first.key : first)
}

function camel(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}
