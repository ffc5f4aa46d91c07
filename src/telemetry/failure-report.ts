// The failures of a run on disk: failures.jsonl for programs, failures.txt for people, grouped by stage and error. Written as they are
// read: what is held in memory does not grow with the number of failures, only with the number of kinds of them, and that is bounded.
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { shortText } from '../model/errors.ts'
import type { Failure } from '../model/item.ts'
import { ownFolder } from '../model/own-files.ts'
import { dateAt } from '../model/time.ts'
import { plainJson } from '../sinks/plain-json.ts'

export interface FailureReport {
  readonly count: number
  /** Undefined where nothing failed: no file is written. */
  readonly files: { readonly jsonLines: string; readonly text: string } | undefined
  readonly groups: readonly FailureGroup[]
}

export interface FailureGroup {
  readonly stage: string
  /** 'Name: message' of the first; others may differ in numbers and quoted names. */
  readonly error: string
  readonly reason: string
  readonly count: number
  /** The first of them. */
  readonly examples: readonly Failure<unknown>[]
}

export interface FailureReportOptions {
  readonly folder: string
  /** The first line of the text. */
  readonly title: string
  /** Makes text that came from data harmless to a terminal. */
  readonly clean: (text: string) => string
  /** The same for JSON, which stays the same value. */
  readonly cleanJson: (json: string) => string
}

const groupsMax = 500
const examplesMax = 20
const itemCharactersMax = 300
const errorCharactersMax = 2_000

export async function writeFailureReport(failures: AsyncIterable<Failure<unknown>>, { folder, title, clean, cleanJson }: FailureReportOptions): Promise<FailureReport> {
  const files = { jsonLines: join(folder, 'failures.jsonl'), text: join(folder, 'failures.txt') }
  await rm(folder, { recursive: true, force: true })
  const groups = new Groups()
  let lines: WriteStream | undefined
  for await (const failure of failures) {
    if (!lines) {
      await mkdir(folder, { recursive: true })
      lines = createWriteStream(files.jsonLines)
    }
    groups.add(failure)
    if (!lines.write(`${cleanJson(failureJson(failure))}\n`)) await once(lines, 'drain')
  }
  if (!lines) return { count: 0, files: undefined, groups: [] }
  await ended(lines)
  const text = createWriteStream(files.text)
  for (const part of textOf(title, groups, clean)) if (!text.write(part)) await once(text, 'drain')
  await ended(text)
  return { count: groups.total, files, groups: groups.list }
}

export function failureJson({ stage, id, origin, reason, attempts, at, error, history, item }: Failure<unknown>): string {
  const before = history?.map(made => ({ attempt: made.attempt, at: dateAt(made.at).toISOString(), error: { name: made.error.name, message: made.error.message } }))
  return plainJson({ stage, id, origin, reason, attempts, at: at.toISOString(), error: { name: error.name, message: error.message, stack: error.stack }, history: before, item })
}

function ended(stream: WriteStream): Promise<unknown> {
  stream.end()
  return once(stream, 'close')
}

export class Groups {
  readonly #groups = new Map<string, { -readonly [K in keyof FailureGroup]: FailureGroup[K] } & { examples: Failure<unknown>[] }>()
  total = 0

  get list(): readonly FailureGroup[] {
    return [...this.#groups.values()].toSorted((a, b) => b.count - a.count)
  }

  add(failure: Failure<unknown>): void {
    this.total++
    const { stage, error, reason } = failure
    const text = errorText(error)
    const key = this.#keyOf(stage, text)
    const group = this.#groups.get(key)
    if (!group) return void this.#groups.set(key, { stage, error: text, reason, count: 1, examples: [failure] })
    group.count++
    if (group.examples.length < examplesMax) group.examples.push(failure)
  }

  #keyOf(stage: string, error: string): string {
    const key = `${stage}\u0000${kindOf(error)}`
    return this.#groups.has(key) || this.#groups.size < groupsMax ? key : `${stage}\u0000`
  }
}

/** Errors that differ only in numbers and quoted names are of a kind. */
function kindOf(error: string): string {
  return error.replace(/'[^']*'|"[^"]*"/g, "'...'").replace(/\d+/g, '#').slice(0, 500)
}

function errorText({ name, message }: Failure<unknown>['error']): string {
  return shortText(`${name}: ${message}`, errorCharactersMax)
}

function* textOf(title: string, groups: Groups, clean: (text: string) => string): Generator<string> {
  yield `${clean(title)}\n${groups.total} failed for good. All of them, one JSON object a line: failures.jsonl\n`
  for (const [stage, own] of Map.groupBy(groups.list, group => group.stage)) {
    const count = own.reduce((sum, group) => sum + group.count, 0)
    yield `\n\n${clean(stage)}: ${count} failed\n${'='.repeat(60)}\n`
    for (const group of own) yield* groupText(group, clean)
  }
}

function* groupText({ error, reason, count, examples }: FailureGroup, clean: (text: string) => string): Generator<string> {
  yield `\n${count} x  ${clean(error)}  (${reasons[reason] ?? reason})\n`
  for (const failure of examples) yield exampleText(failure, clean)
  if (count > examples.length) yield `\n  ... and ${count - examples.length} more like these\n`
  const stack = examples[0]?.error.stack
  if (stack) yield `\n  The first one's stack:\n${usersPart(stack).map(line => `    ${clean(line)}`).join('\n')}\n`
}

/** Without our frames and Node's. */
function usersPart(stack: string): readonly string[] {
  return stack.split('\n').filter(line => !/^\s+at /.test(line) || !(line.includes(ownFolder) || line.includes('node:')))
}

function exampleText({ id, origin, attempts, at, error, item }: Failure<unknown>, clean: (text: string) => string): string {
  const json = plainJson(item)
  const shown = json.length > itemCharactersMax ? `${json.slice(0, itemCharactersMax)}... (${json.length} characters)` : json
  const lines = [
    ['where', origin],
    ...(id === origin ? [] : [['id', id]]),
    ['why', errorText(error)],
    ['when', `${at.toISOString()}, after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`],
    ['what', shown],
  ]
  return `\n${lines.map(([name, value]) => `  ${name!.padEnd(6)} ${clean(value!).replaceAll('\n', '\n         ')}`).join('\n')}\n`
}

const reasons: Readonly<Record<string, string>> = {
  permanent: 'it can never succeed', attempts: 'its attempts were used up', timeout: 'it took too long', crashed: 'it took its worker down',
  schema: 'it does not fit its schema', 'no-route': 'no route takes it', late: 'it came too late', incomplete: 'its parts did not all come', missing: 'what it looks up is not there',
}
