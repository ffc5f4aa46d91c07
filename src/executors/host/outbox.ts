// Results on their way back: gathered for a millisecond or until the host has nothing else to do, so that finished items neither pay a
// message each nor wait for slow ones.
import { toWire, type WireError } from '../pool/wire-error.ts'
import type { FromHost } from '../pool/messages.ts'

const gatherMs = 1

export class Outbox {
  readonly #send: (message: FromHost) => void
  #settled: number[] = []
  #results: unknown[] = []
  #failed: number[] = []
  #errors: WireError[] = []
  #since = 0
  #atWorkMs = 0
  #scheduled = false

  constructor(send: (message: FromHost) => void) {
    this.#send = send
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
    if (nowMs - this.#since >= gatherMs) this.flush()
  }

  flushSoon(): void {
    if (this.#scheduled || this.#settled.length + this.#failed.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  flush(): void {
    if (this.#settled.length + this.#failed.length === 0) return
    const nowMs = performance.now()
    const done = { kind: 'done', settled: this.#settled, results: this.#results, failed: this.#failed, errors: this.#errors, elapsedMs: nowMs - this.#since, atWorkMs: this.#atWorkMs } as const
    this.#settled = []
    this.#results = []
    this.#failed = []
    this.#errors = []
    this.#since = nowMs
    this.#atWorkMs = 0
    this.#send(done)
  }
}
