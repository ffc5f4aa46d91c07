// From when calls began and ended to how long an item takes, and how many a second all workers together would do. Pure.
import type { StageTime } from './report.ts'

/** A call of a worker, with as many items as it was given. */
export interface Call {
  readonly beganMs: number
  readonly endedMs: number
  readonly items: number
}

export interface Crew {
  /** How many calls there can be at once. */
  readonly workers: number
  /** Threads and processes load the pipeline's module before their first item: that is not what an item takes. */
  readonly loadsFirst: boolean
  /** Calls keep the process from doing anything else. */
  readonly isBlocking: boolean
  /** A limit on the rate. */
  readonly perSecondMax: number
  /** What each item takes in the same thread before it is there: in operators. */
  readonly beforeMs: number
}

/** A clock does not tell less apart. */
const leastMs = 0.000_05

/** Undefined where nothing was called. */
export function timeOf(all: readonly Call[], crew: Crew): StageTime | undefined {
  if (all.length === 0) return undefined
  const fromMs = crew.loadsFirst ? warmFrom(all) : -Infinity
  const calls = all.filter(({ beganMs }) => beganMs >= fromMs)
  const items = itemsOf(calls)
  const spentMs = Math.max(sumOf(calls, lengthOf), leastMs * items) + crew.beforeMs * items
  const workers = crew.isBlocking ? 1 : crew.workers
  // Fewer were at work at once than there can be, or items waited in a thread behind others: the better of the two says what is possible.
  const perMs = crew.isBlocking ? items / spentMs : Math.max(doneSince(all, fromMs, crew.beforeMs), workers * items / spentMs)
  const perSecond = Math.min(perMs * 1_000, crew.perSecondMax)
  return { meanMs: Math.min(spentMs / items, workers / perMs), p95Ms: percentile(calls.map(call => lengthOf(call) / call.items), 0.95) + crew.beforeMs, workers, perSecond, isBlocking: crew.isBlocking }
}

/** When half of what began after the first answer had begun: batches of quick items only grow by and by. */
function warmFrom(calls: readonly Call[]): number {
  const firstEndMs = calls.reduce((least, { endedMs }) => Math.min(least, endedMs), Infinity)
  const later = calls.map(({ beganMs }) => beganMs).filter(beganMs => beganMs >= firstEndMs).toSorted((a, b) => a - b)
  return later[Math.floor(later.length / 2)] ?? -Infinity
}

/** Items a millisecond while at least one was at work. */
function doneSince(all: readonly Call[], fromMs: number, beforeMs: number): number {
  const ended = all.filter(({ endedMs }) => endedMs > fromMs || fromMs === -Infinity).map(call => ({ ...call, beganMs: Math.max(call.beganMs, fromMs) }))
  const items = itemsOf(ended)
  return items / Math.max(busyMs(ended) + beforeMs * items, leastMs * items)
}

function itemsOf(calls: readonly Call[]): number {
  return sumOf(calls, ({ items }) => items)
}

function lengthOf({ beganMs, endedMs }: Call): number {
  return endedMs - beganMs
}

/** While at least one was at work. */
function busyMs(calls: readonly Call[]): number {
  let busy = 0
  let until = -Infinity
  for (const { beganMs, endedMs } of calls.toSorted((a, b) => a.beganMs - b.beganMs)) {
    busy += Math.max(0, endedMs - Math.max(beganMs, until))
    until = Math.max(until, endedMs)
  }
  return busy
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!
}

function sumOf<T>(list: readonly T[], amount: (one: T) => number): number {
  return list.reduce((sum, one) => sum + amount(one), 0)
}
