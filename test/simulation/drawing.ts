// The shape of a seed: what is read, what is published meanwhile, and what it goes through.
import { generator, type Random } from '../../src/reducers/seeded-random.ts'
import { Designer } from './designer.ts'
import type { Arrival, Item, Shape, Trouble } from './shapes.ts'
import { withThrowing } from './throwing.ts'

interface Size {
  readonly itemsMax: number
  readonly stagesMax: number
  readonly depthMax: number
}

/**
 * Most seeds are small: the defects that need few items and stages are found several times as often in the same time, and a failing seed is easier to read.
 * The others have room for what needs many.
 */
const smallShare = 0.9
const [small, large]: readonly [Size, Size] = [{ itemsMax: 8, stagesMax: 4, depthMax: 3 }, { itemsMax: 16, stagesMax: 9, depthMax: 3 }]

/** Shares of all seeds: a sharded stage in which something ails needs many items, so there are few of them. */
const [ailingShare, againShare, endlessShare] = [0.01, 0.05, 0.05]
const ailingItems = 72

/** The same seed gives the same pipeline and the same items. */
export function shapeOf(seed: number): Shape {
  const kind = generator(Math.imul(seed, 0x9e37) ^ 0xa11)()
  if (kind < ailingShare) return ailingShape(seed)
  if (kind < ailingShare + againShare) return withThrowing(shapeWithArrivals(seed, 'again'))
  return withThrowing(kind < ailingShare + againShare + endlessShare ? shapeWithArrivals(seed, 'endless') : plainShape(seed))
}

function plainShape(seed: number): Shape {
  const random = generator(seed)
  const below = (max: number) => Math.floor(random() * max)
  const { itemsMax, stagesMax, depthMax } = random() < smallShare ? small : large
  const canShut = random() < 0.4
  const shares = { bad: random() < 0.5 ? 0 : 0.12, flaky: random() < 0.3 ? 0 : 0.25, kills: random() < 0.8 ? 0 : 0.08 }
  const all = itemsOf(random, 1 + below(random() < 0.1 ? itemsMax * 4 : itemsMax), shares)
  const half = random() < 0.4 ? all.length >> 1 : all.length
  return {
    seed, manner: 'once', items: all.slice(0, half), published: all.slice(half), topicHasIds: true, arrivals: [], twice: all.slice(half).filter(({ n }) => n % 4 === 0).map(({ n }) => n),
    sourceHasIds: random() < 0.2, splits: { count: random() < 0.6 ? 1 : 2 + below(4), isGrouped: random() < 0.5 }, chain: new Designer(random, { stagesMax, canShut, isEndless: false }).chain(1 + below(depthMax)), isMended: !canShut && random() < 0.35, isUpgraded: random() < 0.15,
  }
}

function ailingShape(seed: number): Shape {
  const random = generator(seed)
  const items = itemsOf(random, ailingItems, { bad: random() < 0.7 ? 0 : 0.05, flaky: random() < 0.7 ? 0 : 0.05, kills: 0 })
  return {
    seed, manner: 'once', items, published: [], topicHasIds: true, arrivals: [], twice: [], sourceHasIds: false, splits: { count: 1, isGrouped: true },
    chain: new Designer(random, { stagesMax: large.stagesMax, canShut: false, isEndless: false }).ailingChain(), isMended: false, isUpgraded: false,
  }
}

/** Some from a source, some published before, and the others while runs go on. */
function shapeWithArrivals(seed: number, manner: 'again' | 'endless'): Shape {
  const random = generator(seed)
  const below = (max: number) => Math.floor(random() * max)
  const all = itemsOf(random, 2 + below(12), { bad: random() < 0.5 ? 0 : 0.12, flaky: random() < 0.3 ? 0 : 0.25, kills: random() < 0.8 ? 0 : 0.08 })
  const [given, there] = [below(all.length >> 1), below(3)]
  const topicHasIds = random() < 0.7
  const published = all.slice(given, given + there)
  return {
    seed, manner, items: all.slice(0, given), published, topicHasIds, arrivals: all.slice(given + there).map(item => arrivalOf(item, random)),
    twice: topicHasIds ? published.filter(({ n }) => n % 4 === 0).map(({ n }) => n) : [],
    sourceHasIds: random() < 0.2, splits: { count: random() < 0.8 ? 1 : 2, isGrouped: random() < 0.5 },
    chain: new Designer(random, { stagesMax: 6, canShut: false, isEndless: manner === 'endless' }).chain(1 + below(2)), isMended: false, isUpgraded: false,
  }
}

function arrivalOf(item: Item, random: Random): Arrival {
  const said = random()
  return {
    item, afterMs: random() < 0.4 ? 0 : Math.floor(random() ** 3 * arrivesWithinMs), priority: random() < 0.7 ? 'normal' : random() < 0.5 ? 'high' : 'low',
    said: said < 0.7 ? 'once' : said < 0.85 ? 'twice' : 'unheard',
  }
}

/** From one to the next: most runs of so few items are over in less. */
const arrivesWithinMs = 4_000

function itemsOf(random: Random, count: number, shares: { readonly bad: number; readonly flaky: number; readonly kills: number }): readonly Item[] {
  const below = (max: number) => Math.floor(random() * max)
  const troubles: readonly Trouble[] = ['throws', 'later', 'hangs', 'dies']
  return Array.from({ length: count }, (_, n): Item => ({
    n, isBad: random() < shares.bad, flaky: random() < shares.flaky ? 1 + below(4) : 0, trouble: troubles[below(4)]!, kills: random() < shares.kills ? 1 + below(2) : 0,
  }))
}
