// Results on their way back: a few are gathered, for a millisecond or until the host has nothing else to do, so that finished items neither pay a
// message each nor wait for slow ones. What is gathered runs again if the host dies.
import { toWire, type WireError } from '../pool/wire-error.ts'
import type { FromHost } from '../pool/messages.ts'

const gatherMs = 1
const gatherMax = 16

export class Outbox {
  readonly #send: (message: FromHost, written: () => void) => void
  readonly #onWritten: () => void
  #unwritten = 0
  #settled: number[] = []
  #results: unknown[] = []
  #failed: number[] = []
  #errors: WireError[] = []
  #since = 0
  #atWorkMs = 0
  #scheduled = false

  constructor(send: (message: FromHost, written: () => void) => void, onWritten: () => void) {
    this.#send = send
    this.#onWritten = onWritten
  }

  /** Whether results wait for a reader who is behind. If the process dies now, their items run again. */
  get isClogged(): boolean {
    return this.#unwritten > 0
  }

  /** The host has work again after it had none: time counts from here. */
  begin(): void {
    this.#since = performance.now()
  }

  /** An item was at work so long, whatever came of it. */
  worked(ms: number): void {
    this.#atWorkMs += ms
  }

  settled(item: number, result: unknown): void {
    this.#settled.push(item)
    this.#results.push(result)
  }

  failed(item: number, error: unknown): void {
    this.#failed.push(item)
    this.#errors.push(toWire(error))
  }

  flushWhenDue(nowMs: number): void {
    if (this.#gathered >= gatherMax || nowMs - this.#since >= gatherMs) this.flush()
  }

  flushSoon(): void {
    if (this.#gathered >= gatherMax) return this.flush()
    if (this.#scheduled || this.#gathered === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  get #gathered(): number {
    return this.#settled.length + this.#failed.length
  }

  flush(): void {
    if (this.#gathered === 0) return
    const nowMs = performance.now()
    const done = { kind: 'done', settled: this.#settled, results: this.#results, failed: this.#failed, errors: this.#errors, elapsedMs: nowMs - this.#since, atWorkMs: this.#atWorkMs } as const
    this.#settled = []
    this.#results = []
    this.#failed = []
    this.#errors = []
    this.#since = nowMs
    this.#atWorkMs = 0
    this.#unwritten++
    this.#send(done, () => {
      this.#unwritten--
      this.#onWritten()
    })
  }
}
