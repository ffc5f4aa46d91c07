// The topics a plan needs, and who writes and reads each.
import { dividedShards, type Dividing } from './dividing.ts'
import type { InputPlan, OutputPlan, StagePlan, TopicPlan } from './plan.ts'

/** Delay classes of a retry topic, in milliseconds: an item waits in the longest that fits, then moves down. */
export const retryDelaysMs: readonly number[] = [1_000, 10_000, 60_000, 600_000, 3_600_000]

export function topicsOf(stages: readonly StagePlan[], outputs: readonly OutputPlan[], keepFor: ReadonlyMap<string, TopicPlan['keepFor']> = new Map(), dividing?: Dividing): readonly TopicPlan[] {
  const readers = Map.groupBy(stages.flatMap(stage => stage.inputs.map(input => ({ stage, input }))), ({ input }) => topicOf(input))
  const kept = new Set(outputs.flatMap(output => output.inputs.map(topicOf)))
  const names = new Set([...stages.map(stage => stage.output), ...readers.keys(), ...kept])
  return [...names].filter(name => name !== undefined).map(name => {
    const reading = readers.get(name) ?? []
    // Dead letters are written by the stage that gave up on them.
    const failing = stages.filter(stage => `${stage.name}/dead-letters` === name)
    const writing = failing.length > 0 ? failing : stages.filter(stage => stage.output === name)
    return {
      name,
      isShared: isShared(name, stages),
      shards: dividing && isShared(name, stages) ? dividedShards(name, dividing) : Math.max(1, ...(failing.length > 0 ? failing.map(({ lanes }) => lanes) : writing.map(({ partitioning: { parts, shards } }) => parts ?? shards.length))),
      levels: (failing.length === 0 && writing.some(stage => stage.partitioning.priority)) || isShared(name, stages) ? 3 : 1,
      producers: writing.map(stage => stage.name),
      readers: reading.map(({ stage }) => stage.name),
      layout: reading.some(({ stage }) => stage.kind === 'sink' && stage.sink.takesLines === true) ? 'lined' : dividing && isShared(name, stages) ? 'rows' : 'dense',
      boundedBy: reading.filter(({ stage, input }) => input.gates.length === 0 && stage.kind !== 'batch').map(({ stage }) => stage.name),
      isKept: kept.has(name),
      keepFor: keepFor.get(name),
    } satisfies TopicPlan
  })
}

export function topicOf(input: InputPlan): string | undefined {
  return input.from.kind === 'source' ? undefined : input.from.topic
}

/** A user's topic: read without a producer in the plan, or written to by name. */
export function isShared(name: string, stages: readonly StagePlan[]): boolean {
  if (name.includes('/')) return false
  const writing = stages.filter(stage => stage.output === name)
  return writing.length === 0 || writing.some(stage => stage.topic)
}
