// Chooses what a stage works on next. Feeds are read in proportion to their weights (stride scheduling), so a busy input, a low priority
// or the retries are never starved, and never in the way.
import type { Feed } from './feed.ts'
import type { Flight } from './flight.ts'

/** Units taken from a feed before the choice is made anew, for each point of its weight. */
const quantumPerWeight = 16

interface Entry {
  readonly feed: Feed
  flight: Flight | undefined
  /** Grows by units taken / weight; the least is next. */
  pass: number
}

export class Intake {
  readonly #entries: readonly Entry[]
  #current: Entry | undefined
  #quantum = 0

  constructor(feeds: readonly Feed[]) {
    this.#entries = feeds.map(feed => ({ feed, flight: undefined, pass: 0 }))
  }

  /** The flight of the next unit of a lane that may run. Its cursor has moved past the unit: that is `cursor - 1`. */
  nextUnit(mayRun: (lane: number) => boolean): Flight | undefined {
    const entry = this.#quantum > 0 && this.#current && mayRun(this.#current.feed.lane) && hasUnit(this.#current) ? this.#current : this.#choose(mayRun, this.#current)
    if (!entry) return undefined
    this.#quantum--
    entry.flight!.cursor++
    return entry.flight
  }

  /** The next flight, whole. */
  nextFlight(mayRun: (lane: number) => boolean): Flight | undefined {
    const entry = this.#choose(mayRun)
    if (!entry) return undefined
    const flight = entry.flight!
    entry.flight = undefined
    entry.pass += flight.unitCount / entry.feed.weight
    return flight
  }

  /** Like `nextUnit`, at no cost to the lane's turn: it is not worked on. */
  spareUnit(isMeant: (lane: number) => boolean): Flight | undefined {
    const entry = this.#entries.find(each => isMeant(each.feed.lane) && hasUnit(each))
    if (!entry) return undefined
    entry.flight!.cursor++
    return entry.flight
  }

  #choose(mayRun: (lane: number) => boolean, last?: Entry): Entry | undefined {
    if (last) last.pass += quantumPerWeight
    let best: Entry | undefined
    for (const entry of this.#entries) {
      if ((!best || entry.pass < best.pass) && mayRun(entry.feed.lane) && hasUnit(entry)) best = entry
    }
    // An entry that had nothing for a while may not catch up on what it did not want.
    if (best) for (const entry of this.#entries) entry.pass = Math.max(entry.pass, best.pass - quantumPerWeight)
    this.#current = best
    this.#quantum = (best?.feed.weight ?? 0) * quantumPerWeight
    return best
  }
}

function hasUnit(entry: Entry): boolean {
  for (;;) {
    const { flight } = entry
    if (flight) {
      while (flight.cursor < flight.unitCount && !flight.isOpen(flight.cursor)) flight.cursor++
      if (flight.cursor < flight.unitCount) return true
      entry.flight = undefined
    }
    const next = entry.feed.take()
    if (!next) return false
    entry.flight = next
  }
}
