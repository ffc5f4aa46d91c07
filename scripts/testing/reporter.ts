// Prints one line for each test file that ends and every failure in full; passing tests stay silent.
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import { isFileWithoutTests } from './counts.ts'

type Failed = Extract<TestEvent, { type: 'test:fail' }>['data']
type Summary = Extract<TestEvent, { type: 'test:summary' }>['data']

/** What Node's runner adds to the error of a failed test and its types leave out. */
interface TestError extends Error {
  readonly failureType?: string
  readonly exitCode?: number | null
  readonly signal?: string | null
}

export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: Failed[] = []
  for await (const event of events) {
    if (event.type === 'test:fail' && isFailureOfItsOwn(event.data)) failures.push(event.data)
    yield describeEvent(event)
  }
  if (failures.length > 1) yield `\nFailed:\n${failures.map(failed => `  ${title(failed)}\n`).join('')}`
}

function describeEvent(event: TestEvent): string {
  switch (event.type) {
    case 'test:stdout':
    case 'test:stderr': return event.data.message
    case 'test:pass':
      if (isFileWithoutTests(event.data)) return `✖ ${event.data.name} holds no test\n`
      return event.data.skip === undefined ? '' : `- ${event.data.name}: skipped: ${event.data.skip}\n`
    case 'test:fail': return isFailureOfItsOwn(event.data) ? `\n✖ ${title(event.data)}\n${reason(event.data)}\n\n` : ''
    case 'test:summary': return event.data.file === undefined ? '' : fileLine(event.data)
    default: return ''
  }
}

/** A suite that fails because of a test inside it has nothing to add. */
function isFailureOfItsOwn({ todo, details }: Failed): boolean {
  return todo === undefined && (details.error as TestError).failureType !== 'subtestsFailed'
}

function title({ name, file, line }: Failed): string {
  return file === undefined ? name : `${name} (${relative(process.cwd(), file)}:${line})`
}

function reason({ details }: Failed): string {
  const error: TestError = details.error
  if (error.exitCode !== undefined) return `    its process ended with ${error.signal ?? `exit code ${error.exitCode}`}`
  return inspect(error.cause ?? error, { depth: 8 }).replaceAll(/^/gm, '    ')
}

function fileLine({ file, success, counts, duration_ms: durationMs }: Summary): string {
  const mark = success ? '✔' : '✖'
  return `${mark} ${relative(process.cwd(), file ?? '')} (${counts.passed} of ${counts.tests}, ${Math.round(durationMs)} ms)\n`
}
