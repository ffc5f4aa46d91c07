// From what a run counted to how fast each stage can go, which one holds up the others, and what would help it. Pure. The one thing to know: rates are
// those of one process that does nothing else.
import { bottleneckOf, slowestFirst, workersToMatch, type Paced } from './bottleneck.ts'
import type { Plan } from './plan.ts'
import { stagesBefore } from './producers.ts'
import { workforceOf, type Workforce } from './workforce.ts'

/** Of a stage: what became of its items, and attempts that were timed. */
export interface Counted {
  readonly done: number
  readonly failed: number
  readonly retried: number
  readonly timed: number
  readonly timedMs: number
  readonly blockedMs: number
}

export interface StageMeasure {
  /** Done, or given up on. */
  readonly items: number
  readonly time: MeasuredTime | undefined
}

export interface MeasuredTime {
  /** An item at work, all its attempts together. */
  readonly meanMs: number
  /** At once, within its limits. 1 for a function that keeps the process. */
  readonly workers: number
  /** Items a second with all of them at work. */
  readonly perSecond: number
  /** Whether it holds up everything else in the process while it works. */
  readonly isBlocking: boolean
}

export interface MeasuredBottleneck {
  readonly stage: string
  /** The option that gives it more workers; 'threads' for a function that keeps the process. Undefined: it does one thing at a time. */
  readonly option: Workforce['option']
  /** What the option is now. */
  readonly has: number
  /** What keeps it from going faster though it had more workers. */
  readonly heldBy: 'limit' | undefined
  /** The slowest of the stages before it, else of all others, and what the option would have to be to keep up with it. */
  readonly keepsUp: { readonly with: string; readonly isBefore: boolean; readonly needs: number } | undefined
}

export interface Measures {
  readonly stages: Readonly<Record<string, StageMeasure>>
  readonly bottleneck: MeasuredBottleneck | undefined
}

/** `processors` is what 'auto' stands for. Undefined where nothing was timed. */
export function measuresOf(plan: Plan, countedBy: ReadonlyMap<string, Counted>, processors: number): Measures | undefined {
  const stages = new Map(plan.stages.flatMap(stage => {
    const counted = countedBy.get(stage.name)
    return counted ? [[stage.name, measureOf(counted, workforceOf(stage, processors))]] : []
  }))
  if (![...stages.values()].some(({ time }) => time)) return undefined
  return { stages: Object.fromEntries(stages), bottleneck: measuredBottleneck(plan, stages, processors) }
}

function measureOf(counted: Counted, { workers: most, perSecondMax }: Workforce): StageMeasure {
  const { done, failed, retried, timed, timedMs, blockedMs } = counted
  const items = done + failed
  if (items <= 0 || timed <= 0 || timedMs <= 0) return { items: Math.max(0, items), time: undefined }
  const attempts = (items + Math.max(0, retried)) / items
  const isBlocking = blockedMs > timedMs / 2
  const workers = isBlocking ? 1 : most
  const meanMs = timedMs / timed * attempts
  return { items, time: { meanMs, workers, perSecond: Math.min(workers / meanMs * 1_000, perSecondMax / attempts), isBlocking } }
}

function measuredBottleneck(plan: Plan, measures: ReadonlyMap<string, StageMeasure>, processors: number): MeasuredBottleneck | undefined {
  const paced = [...measures].flatMap(([stage, { items, time }]): readonly Paced[] => (time ? [{ stage, workers: time.workers, durationMs: items / time.perSecond * 1_000 }] : []))
  const found = bottleneckOf(paced)
  if (!found) return undefined
  const stage = plan.stages.find(({ name }) => name === found.stage)!
  const workforce = workforceOf(stage, processors)
  const { isBlocking, workers, meanMs, perSecond } = measures.get(found.stage)!.time!
  const isHeld = !isBlocking && workforce.isLimited || perSecond < workers / meanMs * 1_000
  const { option, members, perMember } = isBlocking && workforce.option ? { option: 'threads' as const, members: 1, perMember: 1 } : workforce
  const namesBefore = new Set([...stagesBefore(stage, plan)].map(({ name }) => name))
  const others = slowestFirst(paced).filter(each => each.stage !== found.stage)
  const before = others.find(each => namesBefore.has(each.stage))
  const pace = before ?? others[0]
  const slow = paced.find(each => each.stage === found.stage)!
  return {
    stage: found.stage, option, has: members, heldBy: isHeld ? 'limit' : undefined,
    keepsUp: pace && option && !isHeld ? { with: pace.stage, isBefore: before !== undefined, needs: Math.ceil(workersToMatch(slow, pace) / perMember) } : undefined,
  }
}
