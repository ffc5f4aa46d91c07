// The manager's loop on a clock that the test moves, with an executor that works in this process and keeps its record in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock, Timer } from '../../src/clock.ts'
import type { ItemSource, ListedItem } from '../../src/queue/item-source.ts'
import type { QueueCounts, QueueExecutor, QueueHost } from '../../src/queue/queue-executor.ts'
import { WorkQueue, type WorkQueueOptions } from '../../src/queue/work-queue.ts'
import { SourceError } from '../../src/sources/source-error.ts'

class SteppedClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>()

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#now + delayMs, callback }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.delete(timer) }
  }

  /** What is due is called in its order, and what follows from it settles before the next. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
      if (!next) break
      this.#timers.delete(next)
      this.#now = next.at
      next.callback()
    }
    this.#now = end
  }
}

class SteppedExecutor implements QueueExecutor {
  readonly taken = new Map<string, ListedItem>()
  parallelism = 0
  readonly #clock: Clock
  readonly #workMs: number
  readonly #waiting: string[] = []
  #inFlight = 0
  #done = 0
  #host: QueueHost | undefined

  constructor(clock: Clock, workMs: number) {
    this.#clock = clock
    this.#workMs = workMs
  }

  async start(host: QueueHost): Promise<void> {
    this.#host = host
  }

  async known(names: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(names.filter(name => this.taken.has(name)))
  }

  async take(items: readonly ListedItem[]): Promise<void> {
    for (const item of items) {
      assert.ok(!this.taken.has(item.name), `${item.name} is taken once`)
      this.taken.set(item.name, item)
      this.#waiting.push(item.name)
    }
    this.#begin()
  }

  setParallelism(parallelism: number): void {
    this.parallelism = parallelism
    this.#begin()
  }

  setPaused(): void {}

  get counts(): QueueCounts {
    const [inFlight, done] = [this.#inFlight, this.#done]
    return { taken: this.taken.size, done, failed: 0, retried: 0, inFlight, waiting: this.#waiting.length, attemptsEnded: done, attemptMsTotal: done * this.#workMs, oldestAttemptMs: 0 }
  }

  async *failures(): AsyncGenerator<never> {}

  async close(): Promise<void> {}

  #begin(): void {
    while (this.#inFlight < this.parallelism && this.#waiting.shift() !== undefined) {
      this.#inFlight++
      this.#clock.after(this.#workMs, () => {
        this.#inFlight--
        this.#done++
        this.#begin()
        this.#host!.onChange()
      })
    }
  }
}

function sourceOf(list: () => readonly ListedItem[]): ItemSource {
  return {
    description: 'items at hand', isSpent: false, read: async () => undefined, close: async () => {},
    list: async function* () {
      const items = list()
      if (items.length > 0) yield items
    },
  }
}

function queueOf(list: () => readonly ListedItem[], options: Partial<WorkQueueOptions> = {}, workMs = 100) {
  const clock = new SteppedClock()
  const executor = new SteppedExecutor(clock, workMs)
  const messages: string[] = []
  const queue = new WorkQueue({ source: sourceOf(list), executor, clock, parallelism: 2, pollMs: 1_000, once: false, onMessage: ({ message }) => messages.push(message), ...options })
  return { clock, executor, messages, queue }
}

const named = (...names: readonly string[]) => names.map(name => ({ name }))

test('once ends when all that was listed is done, and not before', async () => {
  const { clock, queue, executor } = queueOf(() => named('a', 'b', 'a', 'c'), { once: true })
  const ended = queue.run()
  await clock.pass(150)
  assert.deepEqual([executor.counts.done, executor.counts.inFlight], [2, 1])
  await clock.pass(100)
  assert.equal(await ended, 'complete')
})

test('what is listed later is taken, what was taken is not', async () => {
  const all = ['a']
  const { clock, queue, executor } = queueOf(() => named(...all))
  const ended = queue.run()
  await clock.pass(1_500)
  all.push('b')
  await clock.pass(1_500)
  assert.deepEqual([...executor.taken.keys()], ['a', 'b'])
  queue.stop()
  assert.equal(await ended, 'stopped')
})

test('a source that is out of reach is told of once, asked ever less often, and taken up when it is back', async () => {
  let asked = 0
  let isDown = false
  const { clock, queue, executor, messages } = queueOf(() => {
    asked++
    if (isDown) throw new SourceError('ECONNREFUSED')
    return named(`item ${asked}`)
  })
  const ended = queue.run()
  await clock.pass(100)
  isDown = true
  await clock.pass(100_000)
  assert.ok(asked < 12, `asked ${asked} times in 100 s`)
  assert.deepEqual(messages, ['the source cannot be listed and is asked again until it can: ECONNREFUSED'])
  isDown = false
  await clock.pass(61_000)
  assert.ok(executor.taken.size >= 2)
  queue.stop()
  await ended
})

test('a source that cannot be listed at all is an error at once', async () => {
  const { queue } = queueOf(() => { throw new SourceError('no such file') })
  await assert.rejects(queue.run(), /no such file/)
})

test('items with a fault are told of, once each, and passed over', async () => {
  const { clock, queue, executor, messages } = queueOf(() => [{ name: 'a\u001b[2J', fault: 'it holds control characters' }, { name: 'b' }])
  const ended = queue.run()
  await clock.pass(3_500)
  assert.deepEqual([[...executor.taken.keys()], messages.length], [['b'], 1])
  queue.stop()
  await ended
})

test('parallelism follows what comes in, up to the cap, and is given up when less comes', async () => {
  let [next, perSecond] = [0, 2]
  const { clock, queue, executor } = queueOf(
    () => named(...Array.from({ length: perSecond }, () => `item ${next++}`)),
    { parallelism: 1, scaling: { parallelismMax: 12, headroom: 0.2, drainMs: 60_000 } }, 2_000,
  )
  const ended = queue.run()
  await clock.pass(300_000)
  // Two a second at two seconds each are four workers, five with the headroom.
  assert.ok(queue.status.parallelism >= 5 && queue.status.parallelism <= 6, `${queue.status.parallelism}`)
  assert.equal(queue.status.verdict, 'keeping up')
  assert.equal(executor.parallelism, queue.status.parallelism)
  perSecond = 20
  await clock.pass(120_000)
  assert.equal(queue.status.parallelism, 12)
  assert.equal(queue.status.verdict, 'losing ground')
  perSecond = 0
  await clock.pass(1_500_000)
  assert.equal(queue.status.parallelism, 1)
  queue.stop()
  await ended
})
