// The topics whose lag tells that a pipeline has work, and how much, as KEDA asks for it; and the pipelines of which it does not tell.
import { BatchworkError } from '../model/errors.ts'
import { millisecondsOf } from '../model/values.ts'
import { KafkaNames } from '../logs/kafka/names.ts'
import type { Plan, StagePlan, TopicPlan } from '../plan/plan.ts'
import { retryDelaysMs } from '../plan/topics.ts'
import { laneOf, namesOf, partitionsOf, retryTopic, type RunNames } from '../runtime/names.ts'
import { wholePart, type Part } from '../runtime/part.ts'
import { topicsToMake } from '../runtime/run-topics.ts'
import { slicesOf } from '../runtime/slices.ts'
import { lanesOf } from './processes.ts'

export interface BacklogTrigger {
  readonly group: string
  readonly topic: string
  /** Undefined: all of them. */
  readonly partition?: number | undefined
  /** A lag above it is work. */
  readonly idleLag: number
  /** One process more for each so many. Undefined: one is enough, which is what KEDA makes of a single partition. */
  readonly lagPerProcess?: number | undefined
}

export interface Asked {
  readonly prefix: string
  /** Whether the last process is stopped, so that every item that waits must be seen. */
  readonly wakes: boolean
  /** Undefined: there is one process at most. */
  readonly lagPerProcess?: number | undefined
  /** What the processes take part in. Default: all. */
  readonly part?: Part | undefined
}

/** Each is asked of the brokers every few seconds. */
const triggersMax = 200
/** More processes would not help. Above any lag, and below what KEDA can count. */
const never = 2 ** 40

/**
 * Topics of users first. What a run writes itself it writes in transactions, each of which leaves a mark behind its last record that the group's offset does not
 * pass: there a lag of 1 in a partition is none, and an item is at least 2. So whether there is work is asked for partition by partition; how much, for a whole
 * topic, where the marks of all its partitions together are worth no second process.
 */
export function backlogTriggers(whole: Plan, { prefix, wakes, lagPerProcess, part = wholePart }: Asked): readonly BacklogTrigger[] {
  const plan = { ...whole, stages: whole.stages.filter(stage => lanesOf(stage, part) > 0) }
  const run = namesOf(whole, whole.pipeline)
  const names = new KafkaNames(prefix)
  const triggerOf = (topic: string, idleLag: number) => ({ group: names.group(run.scope), topic: names.topic(topic), idleLag })
  const grows = (topic: TopicPlan) => lagPerProcess !== undefined && isReadInLanes(plan, topic, part)
  const growth = (topic: TopicPlan) => lagPerProcess === undefined ? {} : { lagPerProcess: grows(topic) ? Math.max(lagPerProcess, partitionsOf(topic)) : never }
  const read = plan.topics.filter(({ readers }) => plan.stages.some(({ name }) => readers.includes(name)))
  const own = read.filter(({ isShared }) => !isShared)
  const triggers = [
    ...read.filter(topic => topic.isShared && (wakes || grows(topic))).map(topic => ({ ...triggerOf(topic.name, 0), ...growth(topic) })),
    ...(wakes ? partitionsToWatch(plan, run, own, part).map(({ topic, partition }) => ({ ...triggerOf(topic, 1), partition })) : []),
    ...own.filter(grows).map(topic => ({ ...triggerOf(run.topic(topic.name), partitionsOf(topic)), ...growth(topic) })),
  ]
  if (triggers.length > triggersMax) throw new BatchworkError('USAGE', `pipeline '${plan.pipeline}' has ${triggers.length} partitions whose lag would be asked for every few seconds, but at most ${triggersMax} are; give --processes above 1 and --processes-min 1, which asks for whole topics, fewer parts in the address of --engine, or leave --autoscale out`)
  return triggers
}

/** Whether several processes can read it at once. */
function isReadInLanes({ stages }: Plan, { readers }: TopicPlan, part: Part): boolean {
  return stages.some(stage => readers.includes(stage.name) && lanesOf(stage, part) > 1)
}

/** Of the run's own topics, and of those in which items wait for a retry. */
function partitionsToWatch(plan: Plan, run: RunNames, own: readonly TopicPlan[], part: Part): readonly { readonly topic: string; readonly partition: number }[] {
  const watched = new Map([
    ...own.map(topic => [run.topic(topic.name), (partition: number) => plan.stages.some(stage => topic.readers.includes(stage.name) && takesLane(stage, laneOf(stage, partition, topic.levels), part))] as const),
    ...plan.stages.map(stage => [run.topic(retryTopic(stage.name)), (partition: number) => takesLane(stage, laneOf(stage, partition, retryDelaysMs.length), part)] as const),
  ])
  return topicsToMake(plan, run, true).flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })).filter(({ topic, partition }) => watched.get(topic)?.(partition)))
}

function takesLane(stage: StagePlan, lane: number, { takes }: Part): boolean {
  return slicesOf(stage, true).some(slice => slice.lanes.includes(lane) && takes(slice))
}

/** Throws BatchworkError where the last process could be stopped though there is work that no lag shows. */
export function checkLagTells(whole: Plan, cooldownMs: number, part: Part = wholePart): void {
  const plan = { ...whole, stages: whole.stages.filter(stage => lanesOf(stage, part) > 0) }
  const refuse = (why: string) => new BatchworkError('USAGE', `--autoscale keda would stop pipeline '${plan.pipeline}' though it has work: ${why}; give --processes above 1 and --processes-min 1, or leave --autoscale out`)
  for (const { name, inputs } of plan.stages) {
    const source = inputs.find(({ from }) => from.kind === 'source')?.from
    if (source?.kind === 'source') throw refuse(`stage '${name}' reads source '${source.name}', and what is left of it is no lag`)
  }
  const twice = plan.topics.find(({ readers }) => readers.length > 1 && plan.stages.some(({ name }) => readers.includes(name)))
  if (twice) throw refuse(`topic '${twice.name}' is read by ${twice.readers.map(reader => `'${reader}'`).join(' and ')}, and the lag shown is that of the one that committed last`)
  for (const stage of plan.stages) {
    if (stage.kind !== 'reduce' || typeof stage.emit !== 'object') continue
    if (millisecondsOf(stage.emit.every, 'every') >= cooldownMs) throw refuse(`stage '${stage.name}' gives results every ${stage.emit.every}, and would be stopped before; or give a longer --cooldown`)
  }
}
