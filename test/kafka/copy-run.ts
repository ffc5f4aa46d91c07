// Runs fixtures/copy.ts with the command line, and judges what came out.
import { deepEqual, equal } from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const fixture = fileURLToPath(new URL('fixtures/copy.ts', import.meta.url))

export interface CopyEnded {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly errors: string
}

export class CopyRun implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'batchwork-copy-'))
  readonly #engine: string

  constructor(engine: string) {
    this.#engine = engine
  }

  begin(environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const { NODE_TEST_CONTEXT: _, BATCHWORK_ENGINE: __, ...inherited } = process.env
    return spawn(process.execPath, [main, 'run', fixture, '--engine', this.#engine, '--json'], { env: { ...inherited, ...environment, COPY_FOLDER: this.folder }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  }

  async run(environment?: Readonly<Record<string, string>>): Promise<CopyEnded> {
    return ended(this.begin(environment))
  }

  /** Nothing lost, nothing double. */
  assertComplete(): void {
    const doubled = this.#lines('doubled.jsonl') as readonly { readonly number: number; readonly twice: number }[]
    equal(doubled.length, 10_000)
    deepEqual(doubled.map(({ number }) => number).toSorted((a, b) => a - b), Array.from({ length: 10_000 }, (_, number) => number))
    equal(doubled.every(({ number, twice }) => twice === 2 * number), true)
    const sums = (this.#lines('sums.jsonl') as readonly { readonly key: number; readonly value: number }[]).toSorted((a, b) => a.key - b.key)
    deepEqual(sums, [0, 1, 2].map(key => ({ key, value: sumOf(key) })))
  }

  /** How many numbers each process has doubled. */
  get doubledBy(): ReadonlyMap<number, number> {
    const doubled = this.#lines('doubled.jsonl') as readonly { readonly process: number }[]
    return new Map(Array.from(Map.groupBy(doubled, each => each.process), ([process, numbers]) => [process, numbers.length]))
  }

  /** With SLOW_UNTIL: when so many processes have begun a number. */
  async workers(count: number): Promise<void> {
    while (!existsSync(join(this.folder, 'workers')) || readdirSync(join(this.folder, 'workers')).length < count) await setTimeout(50)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #lines(name: string): readonly unknown[] {
    return readFileSync(join(this.folder, name), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line) as unknown)
  }
}

/** When so many items of each of these stages are committed. */
export async function committed(child: ChildProcess, stages: readonly string[], count: number): Promise<void> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const event = JSON.parse(line) as { readonly type: string; readonly stages?: Readonly<Record<string, { readonly done: number }>> }
    if (event.type === 'progress' && stages.every(stage => event.stages![stage]!.done >= count)) return
  }
  throw new Error(`it ended before ${count} items of ${stages.join(', ')} were committed`)
}

export async function ended(child: ChildProcess): Promise<CopyEnded> {
  let errors = ''
  child.stdout!.resume()
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, errors }
}

function sumOf(rest: number): number {
  let sum = 0
  for (let number = rest; number < 10_000; number += 3) sum += 2 * number
  return sum
}
