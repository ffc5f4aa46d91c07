// Gives the command of fixtures/run.ts in a folder of its own, kills it, gives it again, and reads what came out.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { outputFiles, prepareInputs } from './fixtures/everything.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

const script = fileURLToPath(new URL('fixtures/run.ts', import.meta.url))
/** A hang fails the test: it counts as a signal that nobody sent. */
const hangMs = 120_000
/** Modules are read and compiled once for all the processes of a test run, which begin in half the time. */
const compileCache = join(tmpdir(), 'batchwork-crash-cache')

export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'batchwork-crash-')))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export function preparedFolder(size = 120): Disposable & { readonly path: string } {
  const folder = temporaryFolder()
  prepareInputs(folder.path, size)
  return folder
}

/** `prefix` is a command that runs the rest of its parameters, such as strace. */
export function start(folder: string, environment: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []): ChildProcess {
  return startScript(script, folder, environment, prefix)
}

export function startScript(file: string, folder: string, environment: Readonly<Record<string, string>> = {}, prefix: readonly string[] = [], parameters: readonly string[] = []): ChildProcess {
  const [program, ...rest] = [...prefix, process.execPath, file, ...parameters]
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  mkdirSync(compileCache, { recursive: true })
  return spawn(program!, rest, { env: { ...inherited, NODE_COMPILE_CACHE: compileCache, ...environment, CRASH_FOLDER: folder }, stdio: ['pipe', 'pipe', 'pipe'] })
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const texts = { output: '', errors: '' }
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (texts.output += text))
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (texts.errors += text))
  const watchdog = setTimeout(() => child.kill('SIGABRT'), hangMs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(watchdog)
      resolve({ code, signal, ...texts })
    })
  })
}

export function run(folder: string, environment: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []): Promise<Ended> {
  return ended(start(folder, environment, prefix))
}

/** Everything a run leaves behind, in an order of its own: the same however often it was killed. */
export function resultsIn(folder: string, { output }: Ended): Readonly<Record<string, unknown>> {
  const { outcome, balanced, stages, failures } = JSON.parse(output.trim().split('\n').at(-1)!) as Record<string, unknown>
  const files = outputFiles.map(name => [name, linesOf(join(folder, name))] as const)
  return { outcome, balanced, stages, failures, ...Object.fromEntries(files), ...tablesIn(join(folder, 'out.db')) }
}

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').toSorted() : ['there is no such file']
}

function tablesIn(path: string): Readonly<Record<string, unknown>> {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return Object.fromEntries(['squares', 'digits', 'halves'].map(table => [table, database.prepare(`SELECT * FROM ${table} ORDER BY 1`).all().map(row => ({ ...row }))]))
  } finally {
    database.close()
  }
}
