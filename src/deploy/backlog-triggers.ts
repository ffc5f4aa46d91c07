// The topics whose lag tells that a pipeline has work, as KEDA asks for it, and the pipelines of which it does not tell.
import { BatchworkError } from '../model/errors.ts'
import { millisecondsOf } from '../model/values.ts'
import { KafkaNames } from '../logs/kafka/names.ts'
import type { Plan } from '../plan/plan.ts'
import { namesOf, retryTopic } from '../runtime/names.ts'
import { topicsToMake } from '../runtime/run-topics.ts'

export interface BacklogTrigger {
  readonly group: string
  readonly topic: string
  /** Undefined: all of them. */
  readonly partition?: number | undefined
  /** A lag above it is work. */
  readonly idleLag: number
}

/** Each is asked of the brokers every few seconds. */
const triggersMax = 200

/**
 * Topics of users first. What a run writes itself it writes in transactions, each of which leaves a mark behind its last record that the group's offset does not
 * pass: there a lag of 1 in a partition is none, and an item is at least 2. So these are asked for partition by partition.
 */
export function backlogTriggers(plan: Plan, prefix: string): readonly BacklogTrigger[] {
  const run = namesOf(plan, plan.pipeline)
  const names = new KafkaNames(prefix)
  const group = names.group(run.scope)
  const own = new Set([...plan.topics.filter(({ isShared, readers }) => !isShared && readers.length > 0).map(({ name }) => name), ...plan.stages.map(({ name }) => retryTopic(name))].map(name => run.topic(name)))
  const shared = plan.topics.filter(({ isShared, readers }) => isShared && readers.length > 0)
  const triggers = [
    ...shared.map(({ name }) => ({ group, topic: names.topic(name), idleLag: 0 })),
    ...topicsToMake(plan, run).filter(({ name }) => own.has(name)).flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, partition) => ({ group, topic: names.topic(name), partition, idleLag: 1 }))),
  ]
  if (triggers.length > triggersMax) throw new BatchworkError('USAGE', `pipeline '${plan.pipeline}' has ${triggers.length} partitions whose lag would be asked for every few seconds, but at most ${triggersMax} are; leave --autoscale out`)
  return triggers
}

/** Throws BatchworkError where a process could be stopped though there is work that no lag shows. */
export function checkLagTells(plan: Plan, cooldownMs: number): void {
  const refuse = (why: string) => new BatchworkError('USAGE', `--autoscale keda would stop pipeline '${plan.pipeline}' though it has work: ${why}; leave --autoscale out`)
  for (const { name, inputs } of plan.stages) {
    const source = inputs.find(({ from }) => from.kind === 'source')?.from
    if (source?.kind === 'source') throw refuse(`stage '${name}' reads source '${source.name}', and what is left of it is no lag`)
  }
  const twice = plan.topics.find(({ readers }) => readers.length > 1)
  if (twice) throw refuse(`topic '${twice.name}' is read by ${twice.readers.map(reader => `'${reader}'`).join(' and ')}, and the lag shown is that of the one that committed last`)
  for (const stage of plan.stages) {
    if (stage.kind !== 'reduce' || typeof stage.emit !== 'object') continue
    if (millisecondsOf(stage.emit.every, 'every') >= cooldownMs) throw refuse(`stage '${stage.name}' gives results every ${stage.emit.every}, and would be stopped before; or give a longer --cooldown`)
  }
}
