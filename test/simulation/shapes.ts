// Random pipelines as plain data: what is built of them, what must come out and how they are shrunk all follow from the same description.
import { generator, type Random } from '../../src/reducers/seeded-random.ts'
import type { GivenSplits } from '../../src/testing/given.ts'

export type Trouble = 'throws' | 'later' | 'hangs' | 'dies'

export interface Item {
  readonly n: number
  /** Fails for good in every worker, until it is mended. */
  readonly isBad: boolean
  /** First attempts in each worker that fail, and how. */
  readonly flaky: number
  readonly trouble: Trouble
  /** How often it takes the process with it. */
  readonly kills: number
}

export type WorkStyle = 'plain' | 'async' | 'ordered' | 'per key' | 'priority' | 'limited' | 'sharded'

export type Step =
  | { readonly kind: 'map' | 'filter' | 'flatMap' }
  | { readonly kind: 'work'; readonly name: string; readonly style: WorkStyle; readonly attempts: number; readonly concurrency: number; readonly hasTimeout: boolean; readonly shards: number; readonly rollsOut: boolean; readonly failed: Chain | undefined }
  | { readonly kind: 'batch'; readonly name: string; readonly count: number; readonly isKeyed: boolean; readonly isTimed: boolean; readonly parts: number }
  | { readonly kind: 'chunks'; readonly name: string; readonly size: number; readonly throwsWhole: boolean }
  | { readonly kind: 'barrier'; readonly name: string; readonly tolerate: 0 | '100%' }
  | { readonly kind: 'sink'; readonly name: string; readonly commitsRun: boolean }
  | { readonly kind: 'merge'; readonly name: string; readonly byPriority: boolean }

export type Emit = 'at-end' | 'each-change' | 'every'

export type End =
  | { readonly kind: 'sink'; readonly name: string; readonly commitsRun: boolean }
  | { readonly kind: 'output' | 'topic'; readonly name: string }
  | { readonly kind: 'sum' | 'counts'; readonly name: string; readonly emit: Emit }
  | { readonly kind: 'split'; readonly even: Chain; readonly third: Chain; readonly rest: Chain }
  | { readonly kind: 'copy'; readonly first: Chain; readonly second: Chain }

export interface Chain {
  readonly steps: readonly Step[]
  readonly end: End
}

export interface Shape {
  readonly seed: number
  readonly items: readonly Item[]
  /** Read from a topic with ids, some said twice. */
  readonly published: readonly Item[]
  /** Numbers of published items that are said twice. */
  readonly twice: readonly number[]
  readonly sourceHasIds: boolean
  readonly splits: GivenSplits
  readonly chain: Chain
  /** After a run that was complete with failures its dead letters are mended and sent back. */
  readonly isMended: boolean
  /** Another branch comes into the file in the middle of the run. */
  readonly isUpgraded: boolean
}

const stagesMax = 9

class Designer {
  readonly #random: Random
  readonly #canShut: boolean
  #stages = 0
  #barriers = 0

  constructor(random: Random, canShut: boolean) {
    this.#random = random
    this.#canShut = canShut
  }

  chain(depth: number): Chain {
    const steps: Step[] = []
    const length = this.#below(depth + 2)
    for (let index = 0; index < length && this.#stages < stagesMax; index++) steps.push(this.#step(depth))
    return { steps, end: this.#end(depth) }
  }

  #step(depth: number): Step {
    const kind = this.#pick(['map', 'filter', 'flatMap', 'work', 'work', 'work', 'work', 'chunks', 'barrier', 'sink', 'merge', 'batch'] as const)
    switch (kind) {
      case 'map': case 'filter': case 'flatMap': return { kind }
      case 'batch': return { kind, name: this.#name('batch'), count: 1 + this.#below(6), isKeyed: this.#chance(0.4), isTimed: this.#chance(0.4), parts: this.#chance(0.5) ? 1 : 3 }
      case 'chunks': return { kind, name: this.#name('chunks'), size: 1 + this.#below(7), throwsWhole: this.#chance(0.5) }
      case 'sink': return { kind, name: this.#name('sink'), commitsRun: this.#chance(0.3) }
      case 'merge': return { kind, name: this.#name('merge'), byPriority: this.#chance(0.5) }
      case 'barrier':
        if (this.#barriers++ > 1) return { kind: 'map' }
        return { kind, name: this.#name('barrier'), tolerate: this.#canShut && this.#chance(0.5) ? 0 : '100%' }
      case 'work': return {
        kind, name: this.#name('work'), style: this.#pick(['plain', 'async', 'ordered', 'per key', 'priority', 'limited', 'sharded'] as const), attempts: 1 + this.#below(4),
        concurrency: 1 + this.#below(6), hasTimeout: this.#chance(0.4), shards: 2 + this.#below(3), rollsOut: this.#chance(0.4), failed: depth > 0 && this.#chance(0.25) ? { steps: [], end: this.#failedEnd() } : undefined,
      }
    }
  }

  #end(depth: number): End {
    const kind = this.#pick(depth > 0 && this.#stages < stagesMax ? ['sink', 'output', 'topic', 'sum', 'counts', 'split', 'copy', 'copy'] as const : ['sink', 'output', 'topic', 'sum', 'counts'] as const)
    switch (kind) {
      case 'split': return { kind, even: this.chain(depth - 1), third: this.chain(depth - 1), rest: this.chain(0) }
      case 'copy': return { kind, first: this.chain(depth - 1), second: this.chain(depth - 1) }
      case 'sink': return { kind, name: this.#name('last sink'), commitsRun: this.#chance(0.3) }
      case 'sum': case 'counts': return { kind, name: this.#name(kind), emit: this.#pick(['at-end', 'at-end', 'each-change', 'every'] as const) }
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

/** Items under which each poison is found sooner or later, and most pipelines stay quick. */
const itemsMax = 16

/** The same seed gives the same pipeline and the same items. */
export function shapeOf(seed: number): Shape {
  const random = generator(seed)
  const below = (max: number) => Math.floor(random() * max)
  const canShut = random() < 0.4
  const [badShare, flakyShare, killShare] = [random() < 0.5 ? 0 : 0.12, random() < 0.3 ? 0 : 0.25, random() < 0.8 ? 0 : 0.08]
  const troubles: readonly Trouble[] = ['throws', 'later', 'hangs', 'dies']
  const all = Array.from({ length: 1 + below(random() < 0.1 ? itemsMax * 4 : itemsMax) }, (_, n): Item => ({
    n, isBad: random() < badShare, flaky: random() < flakyShare ? 1 + below(4) : 0, trouble: troubles[below(4)]!, kills: random() < killShare ? 1 + below(2) : 0,
  }))
  const half = random() < 0.4 ? all.length >> 1 : all.length
  return {
    seed, items: all.slice(0, half), published: all.slice(half), twice: all.slice(half).filter(({ n }) => n % 4 === 0).map(({ n }) => n),
    sourceHasIds: random() < 0.2, splits: { count: random() < 0.6 ? 1 : 2 + below(4), isGrouped: random() < 0.5 }, chain: new Designer(random, canShut).chain(1 + below(3)), isMended: !canShut && random() < 0.35, isUpgraded: random() < 0.15,
  }
}

/** In a line, for people. */
export function describeChain({ steps, end }: Chain): string {
  const step = (each: Step): string => {
    if (each.kind === 'work') return `${each.style} work${each.style === 'sharded' && each.rollsOut ? ' rolled out' : ''}${each.hasTimeout ? ' with timeout' : ''}, ${each.attempts} attempts${each.failed ? ` {failed: ${describeChain(each.failed)}}` : ''}`
    if (each.kind === 'chunks') return `chunks of ${each.size}${each.throwsWhole ? ' that fail whole' : ''}`
    if (each.kind === 'batch') return `${each.isTimed ? 'timed ' : ''}batches of ${each.count}${each.isKeyed ? ' by key' : ''}${each.parts > 1 ? ` of ${each.parts} parts of each item` : ''}`
    return each.kind === 'barrier' ? `barrier tolerating ${each.tolerate}` : each.kind
  }
  return [...steps.map(step), describeEnd(end)].join(' > ')
}

function describeEnd(end: End): string {
  if (end.kind === 'split') return `split {even: ${describeChain(end.even)}; third: ${describeChain(end.third)}; rest: ${describeChain(end.rest)}}`
  if (end.kind === 'copy') return `copy {${describeChain(end.first)}; ${describeChain(end.second)}}`
  return 'emit' in end ? `${end.kind} ${end.emit}` : end.kind
}

export function describeShape({ items, published, splits, chain, isMended, isUpgraded }: Shape): string {
  const bad = [...items, ...published].filter(({ isBad, flaky, kills }) => isBad || flaky > 0 || kills > 0)
  const how = bad.slice(0, 6).map(({ n, isBad, flaky, trouble, kills }) => `${n}${isBad ? ' bad' : ''}${flaky > 0 ? ` ${trouble} ${flaky}x` : ''}${kills > 0 ? ` kills ${kills}x` : ''}`)
  const more = bad.length > 6 ? ', ...' : ''
  const parts = splits.count > 1 ? ` in ${splits.count} splits${splits.isGrouped ? ' of a group' : ''}` : ''
  return `${items.length} items${parts}${published.length > 0 ? ` and ${published.length} published` : ''}${bad.length > 0 ? ` (${how.join(', ')}${more})` : ''} through ${describeChain(chain)}${isMended ? ', mended and redriven' : ''}${isUpgraded ? ', upgraded' : ''}`
}
