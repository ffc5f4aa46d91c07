// What one process has of a run at a time: a stage, or where several processes take part, some of its lanes. Whoever owns a slice alone reads, works and commits
// for it. Which process that is, is settled by a topic of each stage that nothing is ever written to: its partitions are the lanes.
import type { TopicSpec } from '../log.ts'
import { isDivisible } from '../plan/dividing.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import type { RunNames } from './names.ts'

export interface Slice {
  readonly stage: StagePlan
  readonly lanes: readonly number[]
  /** Under which its counts and what is said of it are kept: the stage's name, with the lane where it is one of several slices. */
  readonly key: string
}

/** Whose owner does what is done once for the whole run: opens barriers, holds failures against the tolerance, ends it. */
export const leadTopic = '/lead'

/** What is owned together: a lane of a stage, or all stages that have limits in common, as nobody else could hold them to these. */
export interface Holding {
  /** Of the run, without its scope. */
  readonly topic: string
  /** By partition: what its owner has. */
  readonly slices: readonly (readonly Slice[])[]
}

export function slicesOf(stage: StagePlan, isShared: boolean): readonly Slice[] {
  const isWhole = !isShared || stage.lanes === 1 || isSteeredAsOne(stage)
  const lanes = Array.from({ length: stage.lanes }, (_, lane) => lane)
  return isWhole ? [{ stage, lanes, key: stage.name }] : lanes.map(lane => ({ stage, lanes: [lane], key: `${stage.name}/${lane}` }))
}

function isSteeredAsOne(stage: StagePlan): boolean {
  if (stage.kind !== 'work') return !isDivisible(stage)
  return stage.settings.rollout !== undefined || stage.spillAbove !== undefined || stage.settings.limit !== undefined
}

/** `slices` by stage. */
export function holdingsOf(plan: Plan, slices: ReadonlyMap<string, readonly Slice[]>): readonly Holding[] {
  const groups = limitedTogether(plan)
  const limited = new Set(groups.flat())
  const alone = plan.stages.filter(({ name }) => !limited.has(name))
  return [
    ...alone.map(({ name }) => ({ topic: `${name}/owners`, slices: slices.get(name)!.map(slice => [slice]) })),
    ...groups.map(names => ({ topic: `${names[0]}/owners`, slices: [names.flatMap(name => slices.get(name)!)] })),
  ]
}

/** The topics whose partitions are owned in place of slices. */
export function ownedTopics(holdings: readonly Holding[], names: RunNames): readonly TopicSpec[] {
  const topic = (name: string, partitions: number): TopicSpec => ({ name: names.topic(name), partitions, subscriptions: [] })
  return [topic(leadTopic, 1), ...holdings.map(({ topic: name, slices }) => topic(name, slices.length))]
}

/** Stages with named limits, those together that have one in common, be it by way of others. */
function limitedTogether({ stages }: Plan): readonly (readonly string[])[] {
  const groups: { readonly stages: string[]; readonly limits: Set<string> }[] = []
  for (const stage of stages) {
    const limits = stage.kind === 'work' ? [stage.settings.limit ?? []].flat().map(({ name }) => name) : []
    if (limits.length === 0) continue
    const related = groups.filter(group => limits.some(limit => group.limits.has(limit)))
    const joined = { stages: [...related.flatMap(group => group.stages), stage.name], limits: new Set([...related.flatMap(group => [...group.limits]), ...limits]) }
    groups.splice(0, groups.length, ...groups.filter(group => !related.includes(group)), joined)
  }
  return groups.map(group => group.stages)
}
