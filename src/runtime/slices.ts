// What one process has of a run at a time: a stage, or where several processes take part, some of its lanes. Whoever owns a slice alone reads, works and commits
// for it. Which process that is, is settled by a topic of each stage that nothing is ever written to: its partitions are the lanes.
import type { TopicSpec } from '../log.ts'
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

export const ownersTopic = (stage: string) => `${stage}/owners`

/** Shards that are steered together stay together. */
export function slicesOf(stage: StagePlan, isShared: boolean): readonly Slice[] {
  const isWhole = !isShared || stage.lanes === 1 || stage.kind !== 'work' || stage.settings.rollout !== undefined || stage.spillAbove !== undefined
  const lanes = Array.from({ length: stage.lanes }, (_, lane) => lane)
  return isWhole ? [{ stage, lanes, key: stage.name }] : lanes.map(lane => ({ stage, lanes: [lane], key: `${stage.name}/${lane}` }))
}

/** The topics whose partitions are owned in place of slices. */
export function ownedTopics(plan: Plan, names: RunNames): readonly TopicSpec[] {
  const topic = (name: string, partitions: number): TopicSpec => ({ name: names.topic(name), partitions, subscriptions: [] })
  return [topic(leadTopic, 1), ...plan.stages.map(stage => topic(ownersTopic(stage.name), slicesOf(stage, true).length))]
}
