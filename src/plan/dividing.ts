// For an engine whose partitions several processes share: work that need not keep an order is divided into lanes, each of which one process has at a time,
// and what it reads is spread over as many partitions. On one machine nothing is divided: one process has it all anyway.
import { PlanError } from '../model/errors.ts'
import { readChunkWorker } from '../pipeline/chunk-worker.ts'
import { readTopic } from '../pipeline/topic.ts'
import type { StagePlan, WorkStage } from './plan.ts'

export interface Dividing {
  /** Lanes of a stage that is divided, and shards of a topic. */
  readonly parts: number
  /** Of a user's topic that is there already: it keeps what it has. */
  readonly shardsOf?: ((topic: string) => number | undefined) | undefined
}

export function divided(stages: readonly StagePlan[], dividing: Dividing, isShared: (topic: string) => boolean): readonly StagePlan[] {
  const partsOf = (topic: string) => (isShared(topic) ? dividedShards(topic, dividing) : isSpread(topic, stages) ? dividing.parts : 1)
  for (const stage of stages) checkOrder(stage, stages, isShared, partsOf)
  return stages.map(stage => ({ ...stage, lanes: lanesOf(stage, partsOf), partitioning: partitioningOf(stage, partsOf(stage.output)) }))
}

/** Of a user's topic. */
export function dividedShards(topic: string, { parts, shardsOf }: Dividing): number {
  return shardsOf?.(topic) ?? parts
}

/** Nothing of an item in one lane has to do with one in another: they may be done anywhere, in any order. What is limited by name is limited by one process. */
export function isDivisible(stage: StagePlan): boolean {
  if (stage.kind === 'work') return isDivisibleWork(stage)
  return stage.isByKey === true || (stage.kind === 'relay' && stage.reason === 'key')
}

function isDivisibleWork({ settings: { ordered, perKey, limit }, worker, shards, inputs, isByKey }: WorkStage): boolean {
  if (ordered || limit !== undefined || shards.length > 0 || readChunkWorker(worker)) return false
  return (!perKey || isByKey === true) && inputs.every(({ from }) => from.kind !== 'source')
}

function lanesOf(stage: StagePlan, partsOf: (topic: string) => number): number {
  if (!isDivisible(stage)) return stage.lanes
  return Math.max(1, ...stage.inputs.map(({ from }) => (from.kind === 'topic' ? partsOf(from.topic) : 1)))
}

/** Who asks for an order gets it: a topic lies in one part if one of its readers does. */
function isSpread(topic: string, stages: readonly StagePlan[]): boolean {
  const readers = stages.filter(({ inputs }) => inputs.some(({ from }) => from.kind === 'topic' && from.topic === topic))
  return readers.some(isDivisible) && !readers.some(keepsOrder)
}

function keepsOrder(stage: StagePlan): boolean {
  return stage.kind === 'work' && stage.settings.ordered === true
}

function partitioningOf({ partitioning, ...stage }: StagePlan, parts: number): StagePlan['partitioning'] {
  if (parts === 1 || partitioning.shards.length > 0) return partitioning
  const key = stage.topic && readTopic(stage.topic)!.key
  return { ...partitioning, parts, key }
}

/** A topic of several parts keeps the order of a key only if it knows the key. */
function checkOrder(stage: StagePlan, stages: readonly StagePlan[], isShared: (topic: string) => boolean, partsOf: (topic: string) => number): void {
  if (!keepsOrder(stage)) return
  for (const { from } of stage.inputs) {
    if (from.kind !== 'topic' || !isShared(from.topic) || partsOf(from.topic) === 1) continue
    const writer = stages.find(({ output }) => output === from.topic)
    const key = writer?.topic ? readTopic(writer.topic)!.key : from.key
    if (!key) throw new PlanError(stage.name, stage.at, `'${stage.name}' is ordered and reads topic '${from.topic}', which has ${partsOf(from.topic)} parts: give the topic a key, so that what belongs together lies in one of them (topic('${from.topic}', { key: ... }))`)
  }
}
