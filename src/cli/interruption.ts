// Ctrl-C and SIGTERM: the first drains, the second stops at once. Process groups of workers end with this process (executors/process-groups).
import { exitCodes } from './exit-codes.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export type StopSignal = (typeof signals)[number]

export interface Interruptible {
  drain(signal: StopSignal): void
  stopAtOnce(): Promise<unknown>
}

/** How long the second signal waits for what stops at once, in milliseconds. */
const atOnceMs = 2_000

export class Interruption {
  #first: StopSignal | undefined
  #second: StopSignal | undefined
  #target: Interruptible | undefined
  readonly #listener = (signal: StopSignal) => this.#heard(signal)

  constructor() {
    for (const signal of signals) process.on(signal, this.#listener)
  }

  /** The first signal, if there was one. */
  get signal(): StopSignal | undefined {
    return this.#first
  }

  /** SIGTERM is how supervisors end what runs well: drained, it is a success (docs/decisions/0010-what-the-command-line-says.md). */
  get exitCode(): number {
    if (this.#second) return codeOf(this.#second)
    return this.#first === 'SIGINT' ? exitCodes.interrupted : exitCodes.complete
  }

  /** From here on there is something to drain. */
  guard(target: Interruptible): void {
    this.#target = target
    if (this.#first) target.drain(this.#first)
  }

  #heard(signal: StopSignal): void {
    if (!this.#target) process.exit(codeOf(signal))
    if (!this.#first) {
      this.#first = signal
      return this.#target.drain(signal)
    }
    if (this.#second) process.exit(codeOf(signal))
    this.#second = signal
    setTimeout(() => process.exit(codeOf(signal)), atOnceMs).unref()
    void this.#target.stopAtOnce().catch(() => {})
  }
}

function codeOf(signal: StopSignal): number {
  return signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
}
