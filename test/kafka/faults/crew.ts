// The processes of one shared run: the command line, started again whenever one is gone, until one of them says that the run is complete.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const fixture = fileURLToPath(new URL('../fixtures/halves.ts', import.meta.url))
const tailMax = 4_000
/** Then it is not worth while to go on. */
const failuresMax = 20
const beginningMsMax = 10_000
/** What a process says that has waited for brokers in vain. */
const isSilence = /no Kafka broker answers|did not do what was asked in time/

export interface Mate {
  readonly name: string
  readonly child: ChildProcess
  isStill: boolean
  /** It stood still while it began, which has little patience. */
  wasStillAtFirst: boolean
  readonly begunAt: number
  /** What was done to it that ends it. */
  fate: 'SIGKILL' | 'SIGTERM' | undefined
}

export interface CrewOptions {
  readonly engine: string
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  readonly note: (event: string) => void
  /** Whether a process may have given up, waiting for a broker. */
  readonly mayGiveUp: () => boolean
}

export class Crew {
  readonly #options: CrewOptions
  readonly #mates = new Map<Mate, Promise<void>>()
  readonly #complete = Promise.withResolvers<void>()
  readonly reports: { readonly balanced: boolean; readonly outcome: string }[] = []
  /** Processes that ended by themselves, though nothing was done to them. */
  readonly failures: string[] = []
  begun = 0
  gaveUp = 0
  isComplete = false
  #isDismissed = false

  constructor(options: CrewOptions) {
    this.#options = options
  }

  get mates(): readonly Mate[] {
    return [...this.#mates.keys()]
  }

  /** Resolves when a process says that all is done. */
  get complete(): Promise<void> {
    return this.#complete.promise
  }

  begin(): void {
    if (this.#isDismissed) return
    const { engine, environment, folder, note } = this.#options
    const { NODE_TEST_CONTEXT: _, BATCHWORK_ENGINE: __, ...inherited } = process.env
    const child = spawn(process.execPath, [main, 'run', fixture, '--engine', engine, '--once', 'faults', '--until-complete', '--json'], { cwd: folder, env: { ...inherited, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
    const mate: Mate = { name: `process ${++this.begun}`, child, isStill: false, wasStillAtFirst: false, begunAt: performance.now(), fate: undefined }
    note(`${mate.name} begins`)
    this.#mates.set(mate, this.#watch(mate).finally(() => this.#mates.delete(mate)))
  }

  signal(mate: Mate, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void {
    if (signal === 'SIGKILL' || signal === 'SIGTERM') mate.fate = signal
    else mate.isStill = signal === 'SIGSTOP'
    if (signal === 'SIGSTOP') mate.wasStillAtFirst ||= performance.now() - mate.begunAt < beginningMsMax
    mate.child.kill(signal)
  }

  /** All that are left end by themselves. */
  async ended(): Promise<void> {
    for (const mate of this.mates) if (mate.isStill) this.signal(mate, 'SIGCONT')
    await Promise.all(this.#mates.values())
  }

  /** No other begins. */
  dismiss(): void {
    this.#isDismissed = true
    for (const mate of this.mates) this.signal(mate, 'SIGKILL')
  }

  async #watch(mate: Mate): Promise<void> {
    const [output, errors] = [tailOf(mate.child.stdout!), tailOf(mate.child.stderr!)]
    const [code, signal] = (await once(mate.child, 'close')) as [number | null, NodeJS.Signals | null]
    const ending = signal ?? String(code)
    this.#options.note(`${mate.name} ended with ${ending}`)
    if (code === 0) {
      this.reports.push(reportIn(output()))
      this.isComplete = true
      return this.#complete.resolve()
    }
    // By the signal itself where that came before the process had a say in it.
    const isExpected = signal === null ? code === 143 && mate.fate === 'SIGTERM' : signal === mate.fate
    if (isExpected) return
    const said = errors().trim() || (output().split('\n').at(-2) ?? '')
    this.#options.note(`${mate.name} said: ${said}`)
    if (isSilence.test(said) && (mate.wasStillAtFirst || this.#options.mayGiveUp())) return void this.gaveUp++
    this.failures.push(`${mate.name} ended with ${ending}: ${said}`)
    if (this.failures.length >= failuresMax) this.#complete.reject(new Error(`${failuresMax} processes have failed, the last one so: ${this.failures.at(-1)}`))
  }
}

function tailOf(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (more: string) => (text = (text + more).slice(-tailMax)))
  return () => text
}

function reportIn(output: string): { readonly balanced: boolean; readonly outcome: string } {
  const last = output.trimEnd().split('\n').findLast(line => line.includes('"type":"report"'))
  if (last === undefined) throw new Error(`a process that ended with 0 gave no report: ${output.slice(-500)}`)
  return JSON.parse(last) as { readonly balanced: boolean; readonly outcome: string }
}
