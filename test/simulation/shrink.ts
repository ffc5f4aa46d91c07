// Makes a failing scenario small: fewer faults, fewer items, fewer steps, as long as it still fails.
import type { Arrival, Chain, End, Item, Shape, Step } from './shapes.ts'
import { tried, type Scenario } from './scenario.ts'

/** Attempts at making it smaller; each is a whole simulation. */
const attemptsMax = 300

export async function shrunk(failing: Scenario): Promise<Scenario> {
  let smallest = failing
  let attempts = 0
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false
    for (const candidate of smallerThan(smallest)) {
      if (attempts++ >= attemptsMax) return smallest
      if (!(await fails(candidate))) continue
      smallest = candidate
      isSmaller = true
      break
    }
  }
  return smallest
}

function fails(scenario: Scenario): Promise<boolean> {
  return tried(scenario).then(() => false, () => true)
}

function* smallerThan({ seed, shape, faults }: Scenario): Generator<Scenario> {
  for (const smaller of smallerShapes(shape)) yield { seed, faults, shape: smaller }
  for (const fault of faults) if (faults.length > 1) yield { seed, shape, faults: faults.filter(each => each !== fault) }
}

function* smallerShapes(shape: Shape): Generator<Shape> {
  if (shape.isUpgraded) yield { ...shape, isUpgraded: false }
  if (shape.sourceThrows !== undefined) yield { ...shape, sourceThrows: undefined }
  if (shape.splits.count > 1) yield { ...shape, splits: { count: 1, isGrouped: false } }
  if (shape.isMended) yield { ...shape, isMended: false }
  for (const arrivals of smallerArrivals(shape.arrivals)) yield { ...shape, arrivals }
  if (shape.published.length > 0) yield { ...shape, published: [], twice: [] }
  for (const items of smallerLists(shape.items)) yield { ...shape, items }
  for (const chain of smallerChains(shape.chain)) yield { ...shape, chain }
  for (const items of tamer(shape.items)) yield { ...shape, items }
}

function* smallerLists(items: readonly Item[]): Generator<readonly Item[]> {
  if (items.length < 2) return
  const half = items.length >> 1
  yield items.slice(0, half)
  yield items.slice(half)
  if (items.length <= 8) for (let index = 0; index < items.length; index++) yield items.filter((_, other) => other !== index)
}

function* smallerArrivals(arrivals: readonly Arrival[]): Generator<readonly Arrival[]> {
  if (arrivals.length > 2) yield arrivals.slice(arrivals.length >> 1)
  for (let index = 0; index < arrivals.length; index++) yield arrivals.filter((_, other) => other !== index)
  for (const [index, arrival] of arrivals.entries()) if (arrival.said !== 'once' || arrival.priority !== 'normal') yield arrivals.with(index, { ...arrival, said: 'once', priority: 'normal' })
  for (const items of tamer(arrivals.map(({ item }) => item))) yield arrivals.map((arrival, index) => ({ ...arrival, item: items[index]! }))
}

/** One item after the other becomes harmless. */
function* tamer(items: readonly Item[]): Generator<readonly Item[]> {
  for (const [index, item] of items.entries()) {
    if (item.isBad || item.flaky > 0 || item.kills > 0) yield items.with(index, { ...item, isBad: false, flaky: 0, kills: 0 })
  }
}

function* smallerChains({ steps, end }: Chain): Generator<Chain> {
  for (let index = 0; index < steps.length; index++) yield { steps: steps.filter((_, other) => other !== index), end }
  for (const [index, step] of steps.entries()) for (const simpler of simplerSteps(step)) yield { steps: steps.with(index, simpler), end }
  for (const branch of branchesOf(end)) yield { steps: [...steps, ...branch.steps], end: branch.end }
  for (const smaller of smallerEnds(end)) yield { steps, end: smaller }
}

function* simplerSteps(step: Step): Generator<Step> {
  if (step.throwsAt !== undefined) yield { ...step, throwsAt: undefined }
  if (step.kind === 'batch' && step.parts > 1) yield { ...step, parts: 1 }
  if (step.kind !== 'work') return
  if (step.failed) yield { ...step, failed: undefined }
  if (step.together) yield { ...step, together: undefined }
  if (step.ailing) yield { ...step, ailing: undefined, rollsOut: false }
  if (step.rollsOut) yield { ...step, rollsOut: false }
  if (step.style !== 'plain') yield { ...step, style: 'plain' }
}

function branchesOf(end: End): readonly Chain[] {
  if (end.kind === 'split') return [end.even, end.third, end.rest]
  return end.kind === 'copy' ? [end.first, end.second] : []
}

function* smallerEnds(end: End): Generator<End> {
  if (end.throwsAt !== undefined) yield { ...end, throwsAt: undefined }
  if (end.kind === 'copy') {
    for (const first of smallerChains(end.first)) yield { ...end, first }
    for (const second of smallerChains(end.second)) yield { ...end, second }
  } else if (end.kind === 'split') {
    if (end.hasDefault === false) yield { ...end, hasDefault: true }
    for (const even of smallerChains(end.even)) yield { ...end, even }
    for (const third of smallerChains(end.third)) yield { ...end, third }
    for (const rest of smallerChains(end.rest)) yield { ...end, rest }
  }
}
