// Who works in a stage, as its options have it: how many at once, how fast at most, and what there can be more of. Pure.
import { readChunkWorker } from '../pipeline/chunk-worker.ts'
import { readLimit } from '../pipeline/limit.ts'
import { mapsSplits } from './map-reduce.ts'
import type { StagePlan, WorkStage } from './plan.ts'

export interface Workforce {
  /** Items, or chunks of them, at once: within its limits. */
  readonly workers: number
  /** Which option gives it more workers. Undefined: none, it does one thing at a time. */
  readonly option: 'concurrency' | 'threads' | 'processes' | undefined
  /** What that option is set to, or by default. */
  readonly members: number
  /** Items at once in each of these. */
  readonly perMember: number
  /** Items a second that its limits allow. */
  readonly perSecondMax: number
  /** A limit allows fewer at once than there could be. */
  readonly isLimited: boolean
}

/** As the runtime has it. */
const concurrencyDefault = 16
const oneByOne: Workforce = { workers: 1, option: undefined, members: 1, perMember: 1, perSecondMax: Infinity, isLimited: false }

/** `processors` is what 'auto' stands for. */
export function workforceOf(stage: StagePlan, processors: number): Workforce {
  if (stage.kind === 'reduce' && mapsSplits(stage)) {
    const threads = countOf(stage.threads ?? 'auto', processors)
    return { ...oneByOne, workers: threads, option: 'threads', members: threads }
  }
  return stage.kind === 'work' ? limited(stage, membersOf(stage, processors)) : oneByOne
}

function membersOf(stage: WorkStage, processors: number): Pick<Workforce, 'option' | 'members' | 'perMember'> {
  const { concurrency, threads, processes } = stage.settings
  const asked = threads ?? processes
  if (asked === undefined) {
    const byDefault = readChunkWorker(stage.worker) ? 1 : concurrencyDefault
    return { option: 'concurrency', members: typeof concurrency === 'number' ? concurrency : byDefault, perMember: 1 }
  }
  const members = countOf(asked, processors)
  return { option: threads === undefined ? 'processes' : 'threads', members, perMember: typeof concurrency === 'number' ? Math.max(1, Math.ceil(concurrency / members)) : 1 }
}

function limited({ settings: { limit } }: WorkStage, { option, members, perMember }: Pick<Workforce, 'option' | 'members' | 'perMember'>): Workforce {
  const limits = limit === undefined ? [] : [limit].flat().map(each => readLimit(each))
  const most = Math.min(...limits.map(each => each?.concurrency ?? Infinity))
  const asked = members * perMember
  return { workers: Math.min(asked, most), option, members, perMember, perSecondMax: Math.min(...limits.map(each => each?.perSecond ?? Infinity)), isLimited: most < asked }
}

function countOf(count: number | 'auto', processors: number): number {
  return count === 'auto' ? processors : count
}
