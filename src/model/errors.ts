// The errors a user meets. Each has a stable `code`, says what happened, the offending value, what was expected, and what to do next.

export class BatchworkError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A setting has a value it cannot have. */
export class OptionError extends BatchworkError {
  readonly option: string
  readonly value: unknown
  constructor(option: string, value: unknown, expected: string) {
    super('OPTION', `${option} is ${show(value)}, but must be ${expected}`)
    this.option = option
    this.value = value
  }
}

/** The pipeline cannot be run as it is written. `at` is the file, line and column of the call. */
export class PlanError extends BatchworkError {
  readonly stage: string
  readonly at: string
  constructor(stage: string, at: string, message: string) {
    super('PLAN', at ? `${message}\n  at ${at}` : message)
    this.stage = stage
    this.at = at
  }
}

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly PropertyKey[] | undefined
}

/** A value does not fit its schema, or, without issues, could not even be read. */
export class SchemaError extends BatchworkError {
  readonly issues: readonly SchemaIssue[]
  constructor(what: string, issues: readonly SchemaIssue[], options?: { readonly cause?: unknown }) {
    super('SCHEMA', issues.length === 0 ? what : `${what} does not fit its schema: ${describeIssues(issues)}`, options)
    this.issues = issues
  }
}

/** Thrown by a worker: this item can never succeed; it goes to the dead letters without another attempt. */
export class PermanentError extends Error {
  readonly code = 'PERMANENT' as const
  readonly data: object | undefined
  constructor(reason: string, options: { readonly cause?: unknown; readonly data?: object } = {}) {
    super(reason, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'PermanentError'
    this.data = options.data
  }
}

/** An item ran longer than the stage's `timeout`. */
export class TimeoutError extends BatchworkError {
  constructor(stage: string, timeoutMs: number) {
    super('TIMEOUT', `an item of stage '${stage}' was not done within its timeout of ${timeoutMs} ms; raise 'timeout', or make the worker heed context.signal`)
  }
}

/** The thread or process died in which this item ran alone. */
export class CrashedError extends BatchworkError {
  constructor(stage: string, how: string) {
    super('CRASHED', `the worker of stage '${stage}' died while this item ran alone in it: ${how}`)
  }
}

/** A commit came from an owner that is no longer one. Nothing of it was stored. */
export class FencedError extends BatchworkError {
  constructor(epoch: number, current: number) {
    super('FENCED', `a commit of epoch ${epoch} was refused: another process took over with epoch ${current}; this one must stop`)
  }
}

/** An item has more JSON than the log takes. */
export class ItemTooLargeError extends BatchworkError {
  constructor(charactersMax: number) {
    super('ITEM_TOO_LARGE', `an item has more than ${charactersMax.toLocaleString('en')} characters of JSON; keep what is large in a file and let the item name it, or split the item`)
  }
}

/** The log is damaged, full or unreachable: work stops, and nothing committed is lost. */
export class LogError extends BatchworkError {}

/** A path fits. */
const shownCharactersMax = 5_000
const shownPartsMax = 10_000

/** A value for a message: whatever it is, and however large, this neither throws nor takes long. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${shortText(value)}'`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return shortText(`${value}n`)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  try {
    return shortText(JSON.stringify(value, boundedParts()) ?? String(value))
  } catch {
    return kindOf(value)
  }
}

/** A text that is too long for a message is cut, with its length. */
export function shortText(text: string, charactersMax = shownCharactersMax): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}… (${text.length.toLocaleString('en')} characters)`
}

/** An object that holds another one twice, and that a third one twice, is soon more than can be written out. */
function boundedParts(): (key: string, part: unknown) => unknown {
  let parts = 0
  return (_, part) => {
    if (++parts > shownPartsMax) throw new RangeError('too many parts to show')
    return typeof part === 'string' ? shortText(part) : part
  }
}

function kindOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value)
  } catch {
    return 'an object that throws when it is looked at'
  }
}

/** Of a large item everything can be wrong. */
const issuesShownMax = 20

function describeIssues(issues: readonly SchemaIssue[]): string {
  if (!Array.isArray(issues)) return show(issues)
  const more = issues.length > issuesShownMax ? [`and ${issues.length - issuesShownMax} more`] : []
  return [...issues.slice(0, issuesShownMax).map(describeIssue), ...more].join('; ')
}

/** A path may have objects with the key in them. */
function describeIssue(issue: SchemaIssue): string {
  const { message, path } = issue
  const text = typeof message === 'string' ? shortText(message) : show(issue)
  return path?.length ? `${shortText(path.map(part => String(typeof part === 'object' ? (part as { key: PropertyKey }).key : part)).join('.'))}: ${text}` : text
}
