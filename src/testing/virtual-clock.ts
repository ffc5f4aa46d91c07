// A clock that jumps: when nothing else can happen, it is the time of the next timer. While a real worker is at work time flows as usual,
// or its timeout would pass in no time.
import type { Clock, Timer } from '../clock.ts'
import { BatchworkError } from '../model/errors.ts'

interface Entry {
  readonly at: number
  /** Among timers of the same moment the least is first. */
  readonly rank: number
  readonly callback: () => void
  isCancelled: boolean
}

export interface VirtualClockOptions {
  /** In milliseconds since 1970. */
  readonly startAt: number
  /** Orders timers of the same moment: a counter for the order they were set in, chance for any order. */
  readonly rank: () => number
  /** Nothing is due, and nothing at work. */
  readonly onIdle: () => void
  /** A callback threw. */
  readonly onError: (error: unknown) => void
  /** Timers that fire until it is said that the run goes round in circles. Default 5,000,000. */
  readonly timersMax?: number | undefined
}

const timersMaxDefault = 5_000_000
/** No setTimeout may be longer. */
const realWaitMsMax = 2 ** 31 - 1

export class VirtualClock implements Clock {
  readonly #options: VirtualClockOptions
  readonly #queue: Entry[] = []
  #elapsedMs = 0
  #skewMs = 0
  #firedCount = 0
  #holds = 0
  #isTurning = false
  #isStopped = false
  #realTimer: NodeJS.Timeout | undefined

  constructor(options: VirtualClockOptions) {
    this.#options = options
  }

  now(): number {
    return this.#options.startAt + Math.floor(this.#elapsedMs) + this.#skewMs
  }

  /** Someone sets the wall clock; what has passed since the start stays what it is. */
  jump(ms: number): void {
    this.#skewMs += ms
  }

  monotonic(): number {
    return this.#elapsedMs
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry: Entry = { at: this.#elapsedMs + Math.max(0, delayMs), rank: this.#options.rank(), callback, isCancelled: false }
    push(this.#queue, entry)
    this.#turnSoon()
    return { cancel: () => { entry.isCancelled = true } }
  }

  /** Something real is at work: no jump until the result is called. */
  hold(): () => void {
    this.#holds++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds--
      this.#turnSoon()
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#queue.length = 0
    clearTimeout(this.#realTimer)
  }

  /** After everything that is ready to go on has gone on. */
  #turnSoon(): void {
    clearTimeout(this.#realTimer)
    if (this.#isTurning || this.#isStopped) return
    this.#isTurning = true
    if (this.#holds > 0) setImmediate(this.#turnNow)
    else queueMicrotask(this.#turnAfterPromises)
  }

  /** A tick that is asked for by a microtask comes after all microtasks: far sooner than an immediate, while nothing real is waited for. */
  readonly #turnAfterPromises = (): void => process.nextTick(this.#turnNow)

  readonly #turnNow = (): void => {
    this.#isTurning = false
    this.#turn()
  }

  #turn(): void {
    while (this.#queue[0]?.isCancelled) pop(this.#queue)
    const next = this.#queue[0]
    if (this.#isStopped) return
    if (!next) return this.#holds === 0 ? this.#options.onIdle() : undefined
    if (this.#holds === 0 || next.at <= this.#elapsedMs) return this.#fire()
    clearTimeout(this.#realTimer)
    this.#realTimer = setTimeout(() => this.#fire(), Math.min(next.at - this.#elapsedMs, realWaitMsMax))
  }

  #fire(): void {
    const { at, callback } = pop(this.#queue)!
    const { timersMax = timersMaxDefault } = this.#options
    if (++this.#firedCount > timersMax) return this.#options.onError(new BatchworkError('ENDLESS', `${timersMax} timers have fired and the run has not ended: it goes round in circles`))
    this.#elapsedMs = Math.max(this.#elapsedMs, at)
    try {
      callback()
    } catch (error) {
      this.#options.onError(error)
    }
    this.#turnSoon()
  }
}

/** A binary heap: the least is at the front. */
function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!isBefore(entry, heap[parent]!)) break
    heap[index] = heap[parent]!
    index = parent
  }
  heap[index] = entry
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (heap.length === 0 || !last) return first
  let index = 0
  for (;;) {
    const left = index * 2 + 1
    const least = left + 1 < heap.length && isBefore(heap[left + 1]!, heap[left]!) ? left + 1 : left
    if (left >= heap.length || !isBefore(heap[least]!, last)) break
    heap[index] = heap[least]!
    index = least
  }
  heap[index] = last
  return first
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.rank < b.rank)
}
