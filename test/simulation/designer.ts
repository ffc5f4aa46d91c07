// Draws a chain of steps by chance.
import type { Random } from '../../src/reducers/seeded-random.ts'
import type { Chain, End, Step } from './shapes.ts'

interface Limits {
  /** No step is added from so many stages on; ends still are. */
  readonly stagesMax: number
  readonly canShut: boolean
  /** Nothing may wait for an end. */
  readonly isEndless: boolean
}

export class Designer {
  readonly #random: Random
  readonly #limits: Limits
  #stages = 0
  #barriers = 0

  constructor(random: Random, limits: Limits) {
    this.#random = random
    this.#limits = limits
  }

  /** A sharded stage in which something ails, with as much before and behind it as few items more cost. */
  ailingChain(): Chain {
    const ailing = this.#chance(0.65)
      ? { what: 'shard', attemptsMax: 90, attemptsAfter: this.#chance(0.8) ? 0 : this.#below(6), perSecond: this.#chance(0.8) ? 1 : undefined } as const
      : { what: 'version', attemptsMax: 30 + this.#below(30), attemptsAfter: 30, perSecond: this.#chance(0.5) ? 5 + this.#below(20) : undefined } as const
    const step: Step = {
      kind: 'work', name: this.#name('work'), style: 'sharded', attempts: ailing.what === 'shard' ? ailing.attemptsMax + 10 : 1 + this.#below(3), concurrency: 4 + this.#below(12),
      hasTimeout: false, shards: 2, rollsOut: ailing.what === 'version', ailing, failed: undefined,
    }
    // Items that spill come out of their turn: nothing behind may need their order.
    const end: End = this.#chance(0.3) ? { kind: 'sum', name: this.#name('sum'), emit: 'at-end' } : { kind: this.#pick(['output', 'topic'] as const), name: this.#name('end') }
    return { steps: this.#chance(0.3) ? [{ kind: 'map' }, step] : [step], end }
  }

  chain(depth: number): Chain {
    const steps: Step[] = []
    const length = this.#below(depth + 2)
    for (let index = 0; index < length && this.#stages < this.#limits.stagesMax; index++) steps.push(this.#step(depth))
    const last = steps.at(-1)
    // A barrier that holds back nothing but what is returned is planned for that alone.
    const isHeldBack = last?.kind === 'barrier' && last.tolerate === 0 && this.#chance(0.6)
    return { steps, end: isHeldBack ? { kind: 'output', name: this.#name('output') } : this.#end(depth) }
  }

  #step(depth: number): Step {
    const kind = this.#pick(['map', 'filter', 'flatMap', 'work', 'work', 'work', 'work', 'chunks', this.#limits.isEndless ? 'batch' : 'barrier', this.#limits.canShut ? 'barrier' : 'batch', 'sink', 'merge'] as const)
    switch (kind) {
      case 'map': case 'filter': case 'flatMap': return { kind }
      case 'batch': return { kind, name: this.#name('batch'), count: this.#limits.isEndless ? 2 + this.#below(12) : 1 + this.#below(6), isKeyed: this.#chance(0.4), isTimed: this.#chance(0.4) || this.#limits.isEndless, parts: this.#chance(0.5) ? 1 : 3 }
      case 'chunks': return { kind, name: this.#name('chunks'), size: 1 + this.#below(7), throwsWhole: this.#chance(0.5) }
      case 'sink': return { kind, name: this.#name('sink'), commitsRun: this.#chance(0.3) && !this.#limits.isEndless }
      case 'merge': return { kind, name: this.#name('merge'), byPriority: this.#chance(0.5) }
      case 'barrier':
        if (this.#barriers++ > 1) return { kind: 'map' }
        return { kind, name: this.#name('barrier'), tolerate: this.#limits.canShut && this.#chance(0.5) ? 0 : '100%' }
      case 'work': return {
        kind, name: this.#name('work'), style: this.#pick(['plain', 'async', 'ordered', 'per key', 'priority', 'limited', 'sharded'] as const), attempts: 1 + this.#below(4),
        concurrency: 1 + this.#below(6), hasTimeout: this.#chance(0.4), shards: 2 + this.#below(3), rollsOut: this.#chance(0.4), ailing: undefined, failed: depth > 0 && this.#chance(0.25) ? { steps: [], end: this.#failedEnd() } : undefined,
      }
    }
  }

  #end(depth: number): End {
    const kind = this.#pick(depth > 0 && this.#stages < this.#limits.stagesMax ? ['sink', 'output', 'topic', 'sum', 'counts', 'split', 'copy', 'copy'] as const : ['sink', 'output', 'topic', 'sum', 'counts'] as const)
    switch (kind) {
      case 'split': return { kind, even: this.chain(depth - 1), third: this.chain(depth - 1), rest: this.chain(0) }
      case 'copy': return { kind, first: this.chain(depth - 1), second: this.chain(depth - 1) }
      case 'sink': return { kind, name: this.#name('last sink'), commitsRun: this.#chance(0.3) && !this.#limits.isEndless }
      case 'sum': case 'counts': return { kind, name: this.#name(kind), emit: this.#pick(this.#limits.isEndless ? ['each-change', 'every'] as const : ['at-end', 'at-end', 'each-change', 'every'] as const) }
      default: return { kind, name: this.#name(kind) }
    }
  }

  #failedEnd(): End {
    return { kind: this.#pick(['output', 'topic'] as const), name: this.#name('failed') }
  }

  #name(kind: string): string {
    return `${kind} ${++this.#stages}`
  }

  #below(max: number): number {
    return Math.floor(this.#random() * max)
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!
  }
}
