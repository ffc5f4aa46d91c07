// The context a worker sees in a thread or process. Made for every item, so what most workers never ask for is made when asked.
import { inspect } from 'node:util'
import type { Context, WorkerLog } from '../../model/worker.ts'
import type { FromHost, Work } from '../pool/messages.ts'
import { checkData } from '../pool/data.ts'

const progressEveryMs = 50

export class RemoteContext implements Context {
  readonly item: number
  readonly #work: Work
  readonly #index: number
  readonly #send: (message: FromHost) => void
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined
  #progress: { sentAtMs: number; unsent: FromHost | undefined } | undefined

  constructor(work: Work, index: number, send: (message: FromHost) => void) {
    this.item = work.first + index
    this.#work = work
    this.#index = index
    this.#send = send
  }

  get id(): string { return this.#work.ids[this.#index]! }
  get key(): string | undefined { return this.#work.keys[this.#index] }
  get time(): Date { return new Date(this.#work.times[this.#index]!) }
  get headers(): Readonly<Record<string, string>> { return this.#work.headers[this.#index]! }
  get origin(): string { return this.#work.origins[this.#index]! }
  get attempt(): number { return this.#work.attempt[this.#index]! }
  get attempts(): number { return this.#work.attempts[this.#index]! }
  get stage(): string { return this.#work.stage }
  get shard(): string | undefined { return this.#work.shards[this.#index] }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#aborted && !this.#controller.signal.aborted) this.#controller.abort(this.#aborted.reason)
    return this.#controller.signal
  }

  get log(): WorkerLog {
    const write = (level: 'info' | 'warn' | 'error') => (message: string, data?: object) => {
      this.#send({ kind: 'log', item: this.item, level, message, data: dataOf(data) })
    }
    return { info: write('info'), warn: write('warn'), error: write('error') }
  }

  progress(done: number, total?: number): void {
    const message: FromHost = { kind: 'progress', item: this.item, done, total }
    const nowMs = performance.now()
    this.#progress ??= { sentAtMs: -Infinity, unsent: undefined }
    this.#progress.unsent = message
    if (nowMs - this.#progress.sentAtMs >= progressEveryMs) this.sendProgress(nowMs)
  }

  /** What progress was held back. */
  sendProgress(nowMs = 0): void {
    if (!this.#progress?.unsent) return
    this.#send(this.#progress.unsent)
    this.#progress.unsent = undefined
    this.#progress.sentAtMs = nowMs
  }

  abort(reason: unknown): void {
    this.#aborted = { reason }
    this.#controller?.abort(reason)
  }
}

function dataOf(data: object | undefined): object | undefined {
  if (data === undefined) return undefined
  try {
    checkData(data, 'log data')
    return data
  } catch {
    return { data: inspect(data) }
  }
}
