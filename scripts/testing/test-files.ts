// Runs test files under Node's test runner, four at a time, for many of them wait, and says what came of them. A runner that dies, outlives its time or finds
// no test counts as one failure more.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, oneFailed, parseNotes, sum, type Counts } from './counts.ts'
import { run, type Outcome, type RunOptions } from './run.ts'

const filesAtOnce = 4
const testTimeoutMs = 10 * 60_000

export async function runTestFiles(files: readonly string[], options: RunOptions): Promise<Counts> {
  if (files.length === 0) return failed('no test file to run')
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-test-'))
  try {
    const notes = join(folder, 'notes')
    // Hundreds of processes load the same modules.
    const environment = { NODE_COMPILE_CACHE: join(folder, 'compile-cache'), ...options.environment }
    const outcome = await run(process.execPath, [...runnerParameters(notes), ...files], { ...options, environment })
    return judge(outcome, readFileSync(notes, 'utf8'), files.map(file => fileURLToPath(new URL(file, options.cwd))))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function judge({ ok, isTimedOut, ending }: Outcome, notes: string, files: readonly string[]): Counts {
  const { counts, finishedFiles } = parseNotes(notes)
  const isExplained = ok ? counts.passed + counts.failed + counts.skipped > 0 : counts.failed > 0 && !isTimedOut
  if (isExplained) return counts
  const unfinished = files.filter(file => !finishedFiles.has(file)).map(file => `\n  ${file}`)
  return sum([counts, failed(`the test runner ended with ${ending} after ${describe(counts)}; not finished:${unfinished.join('')}`)])
}

function failed(reason: string): Counts {
  console.log(`✖ ${reason}`)
  return oneFailed
}

function runnerParameters(notes: string): string[] {
  return [
    '--test',
    `--test-concurrency=${filesAtOnce}`,
    `--test-timeout=${testTimeoutMs}`,
    `--test-reporter=${pathOf('reporter.ts')}`, '--test-reporter-destination=stdout',
    `--test-reporter=${pathOf('counts.ts')}`, `--test-reporter-destination=${notes}`,
  ]
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
