// Runs items in a thread or process: at most so many at once, in the order they came.
import type { Worker } from '../../model/worker.ts'
import type { WorkerReference } from '../../executor.ts'
import { checkData } from '../pool/data.ts'
import { claim, type Setup, type ToHost, type Work } from '../pool/messages.ts'
import { fromWire, toWire } from '../pool/wire-error.ts'
import { watchGroups } from '../process-groups.ts'
import { Outbox } from './outbox.ts'
import type { Port } from './port.ts'
import { RemoteContext } from './remote-context.ts'

/** Synchronous items in a row before messages are looked at. */
const turnMs = 20

export class Host {
  readonly #port: Port
  readonly #outbox: Outbox
  readonly #running = new Map<number, RemoteContext>()
  readonly #batches: Work[] = []
  #cursor = 0
  #worker: Worker<unknown, unknown> = () => undefined
  #perMember = 1
  #pumping = false
  /** Nothing new begins until results have left. */
  #isHeldBack = false

  constructor(port: Port) {
    this.#port = port
    this.#outbox = new Outbox((message, written) => port.send(message, written), () => this.#written())
  }

  listen(): void {
    const port = this.#port
    watchGroups((pid, alive) => port.send({ kind: 'group', pid, alive }))
    port.listen(message => this.#heard(message))
  }

  #heard(message: ToHost): void {
    switch (message.kind) {
      case 'setup': return void this.#load(message)
      case 'work': return this.#take(message)
      case 'abort': return this.#abort(message.item, fromWire(message.reason))
      case 'abandon': return this.#abandon(message.item)
    }
  }

  async #load({ loader, reference, perMember }: Setup): Promise<void> {
    this.#perMember = perMember
    try {
      const module = await import(loader.module) as Record<string, (reference: WorkerReference) => Promise<Worker<unknown, unknown>>>
      this.#worker = await module[loader.name]!(reference)
      this.#port.send({ kind: 'ready' })
    } catch (error) {
      this.#port.send({ kind: 'broken', error: toWire(error) })
    }
  }

  #take(work: Work): void {
    if (this.#running.size === 0 && this.#batches.length === 0) this.#outbox.begin()
    this.#batches.push(work)
    this.#pump()
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    const beganMs = performance.now()
    let nowMs = beganMs
    while (this.#running.size < this.#perMember && !(this.#isHeldBack = this.#outbox.isClogged) && this.#runNext(nowMs)) {
      nowMs = performance.now()
      this.#outbox.flushWhenDue(nowMs)
      if (nowMs - beganMs < turnMs) continue
      setImmediate(() => this.#pump())
      break
    }
    this.#pumping = false
    if (this.#running.size === 0 && this.#batches.length === 0) this.#outbox.flush()
    else this.#outbox.flushSoon()
  }

  #written(): void {
    if (!this.#isHeldBack || this.#outbox.isClogged) return
    this.#isHeldBack = false
    setImmediate(() => this.#pump())
  }

  #runNext(nowMs: number): boolean {
    const work = this.#batches[0]
    if (!work) return false
    const index = this.#cursor++
    if (this.#cursor === work.values.length) {
      this.#batches.shift()
      this.#cursor = 0
    }
    const claimed = !work.claims || Atomics.compareExchange(work.claims, index, claim.free, claim.running) === claim.free
    if (claimed) this.#run(new RemoteContext(work, index, message => this.#port.send(message)), work.values[index], nowMs)
    return true
  }

  #run(context: RemoteContext, value: unknown, beganMs: number): void {
    try {
      const result = this.#worker(value, context)
      if (isThenable(result)) return this.#await(context, result, beganMs)
      this.#worked(beganMs)
      this.#settle(context, result)
    } catch (error) {
      this.#worked(beganMs)
      this.#outbox.failed(context.item, error)
    }
  }

  #worked(beganMs: number): void {
    this.#outbox.worked(performance.now() - beganMs)
  }

  #await(context: RemoteContext, promise: PromiseLike<unknown>, beganMs: number): void {
    this.#running.set(context.item, context)
    promise.then(
      result => this.#finish(context, beganMs, () => this.#settle(context, result)),
      (error: unknown) => this.#finish(context, beganMs, () => this.#outbox.failed(context.item, error)),
    )
  }

  #finish(context: RemoteContext, beganMs: number, report: () => void): void {
    if (!this.#running.delete(context.item)) return
    this.#worked(beganMs)
    report()
    this.#pump()
  }

  #settle(context: RemoteContext, result: unknown): void {
    try {
      checkData(result, 'the result')
      context.sendProgress()
      this.#outbox.settled(context.item, result)
    } catch (error) {
      this.#outbox.failed(context.item, error)
    }
  }

  // What is done says so first: it was in time.
  #abort(item: number, reason: unknown): void {
    this.#outbox.flush()
    this.#port.send({ kind: 'aborting', item, hasBegun: item < this.#nextItem })
    this.#running.get(item)?.abort(reason)
  }

  get #nextItem(): number {
    const work = this.#batches[0]
    return work ? work.first + this.#cursor : Infinity
  }

  #abandon(item: number): void {
    if (this.#running.delete(item)) this.#pump()
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
