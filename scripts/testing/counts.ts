// Notes what a run of Node's test runner does, one JSON line for each test or file that ends, for the process that started it: written
// as it happens, so that a runner that dies still leaves what it had done.
import { resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const onePassed: Counts = { passed: 1, failed: 0, skipped: 0 }
export const oneFailed: Counts = { passed: 0, failed: 1, skipped: 0 }
export const oneSkipped: Counts = { passed: 0, failed: 0, skipped: 1 }

type Note = { readonly counts: Counts } | { readonly finished: string }
type Ended = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>

export default async function* counts(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const note = noteOf(event)
    if (note !== undefined) yield `${JSON.stringify(note)}\n`
  }
}

function noteOf(event: TestEvent): Note | undefined {
  if (event.type === 'test:summary' && event.data.file !== undefined) return { finished: resolve(event.data.file) }
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return undefined
  return event.data.details.type === 'suite' ? undefined : { counts: countsOf(event) }
}

function countsOf({ type, data }: Ended): Counts {
  if (data.skip !== undefined || data.todo !== undefined) return oneSkipped
  return type === 'test:pass' && !isFileWithoutTests(data) ? onePassed : oneFailed
}

/** Node reports a file that ran no test as a passed test with the file's name. */
export function isFileWithoutTests({ name, file, nesting }: Ended['data']): boolean {
  return nesting === 0 && file !== undefined && resolve(name) === resolve(file)
}

export function parseNotes(lines: string): { readonly counts: Counts; readonly finishedFiles: ReadonlySet<string> } {
  const notes = lines.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as Note)
  return {
    counts: sum(notes.flatMap(note => 'counts' in note ? [note.counts] : [])),
    finishedFiles: new Set(notes.flatMap(note => 'finished' in note ? [note.finished] : [])),
  }
}

export function sum(all: readonly Counts[]): Counts {
  const total = (of: keyof Counts): number => all.reduce((before, counted) => before + counted[of], 0)
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped') }
}

export function describe({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
