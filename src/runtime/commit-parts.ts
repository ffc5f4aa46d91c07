// What one commit of a stage appends: results, retries, dead letters, the outcome record, end records.
import type { Append, PartitionId, Unique } from '../log.ts'
import type { EncodedChunk } from '../model/chunk.ts'
import { chunkBytesMax, countOf, encodeEnd, encodeItems, encodeValues, type Items, type Layout, type StoredValues } from '../model/items.ts'
import type { StagePlan, TopicPlan } from '../plan/plan.ts'
import type { Addressed } from './address.ts'
import { chunked, deadLettersOf, retriesOf, slice } from './collect.ts'
import { duplicatesStore, noCounters, type Counters } from './counts.ts'
import type { Harvest } from './flight.ts'
import { deadLetterTopic, outcomesTopic, partitionsOf, retryTopic, type RunNames } from './names.ts'
import { outcomeOf } from './outcomes.ts'
import type { Contents } from './processor.ts'

/** Items by partition. */
export type Places = ReadonlyMap<number, readonly Items[]>

export interface CommitPlace {
  readonly stage: StagePlan
  readonly names: RunNames
  /** Under which what is counted here is kept. */
  readonly countsKey: string
  /** The stage's output, where anyone reads it. */
  readonly output: TopicPlan | undefined
  /** Whether a stage reads what this one gave up on. */
  readonly areFailuresRead: boolean
  /** Prepares results for a topic of the user's: keys, ids, times. */
  readonly address?: ((items: Items) => Addressed) | undefined
}

export interface Given {
  readonly results: Places
  readonly retries?: Places | undefined
  readonly dead?: Places | undefined
  readonly outcome?: Items | undefined
}

const none: Places = new Map()

/** All that harvests give beside their results, and what was in the parts of a source among them. */
export function givenBy(harvests: readonly Harvest[], { stage }: CommitPlace, now: number, contents?: Contents): Omit<Given, 'results'> {
  const items = harvests.filter(({ flight }) => !flight.origin.isWorkList)
  const dead = new Map(deadLettersOf(items))
  if (contents && contents.dead.length > 0) dead.set(0, [...(dead.get(0) ?? []), ...contents.dead])
  return { retries: retriesOf(items, now), dead, outcome: harvests.length > 0 ? outcomeOf(stage, items, contents?.outcomes) : undefined }
}

export function appendsOf({ results, retries = none, dead = none, outcome }: Given, { stage, names, output, address, countsKey }: CommitPlace): readonly Append[] {
  return [
    ...(output ? chunksFor(names.topic(output.name), results, output.layout, address && { address, countedAs: { store: names.store(duplicatesStore), key: countsKey } }) : []),
    ...chunksFor(names.topic(retryTopic(stage.name)), retries, 'dense'),
    ...chunksFor(names.topic(deadLetterTopic(stage.name)), dead, 'dense'),
    ...(outcome ? [{ topic: names.topic(outcomesTopic), partition: 0, chunk: encodeItems(outcome) }] : []),
  ]
}

export function chunkAppends(chunks: readonly EncodedChunk[], partition: number, { names, output }: CommitPlace): readonly Append[] {
  return output ? chunks.map(chunk => ({ topic: names.topic(output.name), partition, chunk })) : []
}

/** Says to every reader in the plan that this lane gives nothing more in this round. Ends of earlier rounds do not count. */
export function endRecords(lane: number, round: number, { stage, names, output, areFailuresRead }: CommitPlace): readonly Append[] {
  const record = { producer: `${stage.name}/${lane}`, round }
  const to = (topic: string, partitions: number) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition, chunk: encodeEnd(record) }))
  return [
    ...(output && !output.isShared ? to(names.topic(output.name), partitionsOf(output)) : []),
    ...(areFailuresRead ? to(names.topic(deadLetterTopic(stage.name)), stage.lanes) : []),
  ]
}

interface Addressing {
  readonly address: (items: Items) => Addressed
  readonly countedAs: NonNullable<Unique['countedAs']>
}

function chunksFor(topic: string, places: Places, layout: Layout, addressing?: Addressing): readonly Append[] {
  return [...places].flatMap(([partition, parts]) => chunked(parts).flatMap(part => appendsFor({ topic, partition }, part, layout, addressing)))
}

/** One, or several where the items are large. */
function appendsFor(place: PartitionId, part: Items, layout: Layout, addressing: Addressing | undefined): readonly Append[] {
  const { items, ids, forMs } = addressing?.address(part) ?? { items: part }
  const chunk = encodedWhole(items, layout)
  if (chunk && (chunk.count === 1 || chunk.values.length <= chunkBytesMax)) return [{ ...place, chunk, unique: ids && { ids, forMs: forMs!, countedAs: addressing!.countedAs } }]
  const count = countOf(part)
  const middle = count >> 1
  return [slice(part, 0, middle), slice(part, middle, count)].flatMap(half => appendsFor(place, half, layout, addressing))
}

/** Undefined where values go to several chunks, or cannot be stored: which of them is found out when they are committed. */
export function textOf(values: readonly unknown[], output: TopicPlan): StoredValues | undefined {
  try {
    const stored = encodeValues(values, output.layout)
    return stored.text.length <= chunkBytesMax ? stored : undefined
  } catch {
    return undefined
  }
}

/** Undefined where JavaScript has no text so long. */
function encodedWhole(items: Items, layout: Layout): EncodedChunk | undefined {
  try {
    return encodeItems(items, layout)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** What the commit adds to the stage's counts. */
export function countersOf(harvests: readonly Harvest[], { results, retries = none, dead = none }: Given): Counters {
  const counters = noCounters()
  counters.out = sizeOf(results)
  counters.retried = sizeOf(retries)
  counters.failed = sizeOf(dead)
  for (const { flight, units, itemCount } of harvests) {
    if (flight.origin.isWorkList) continue
    if (flight.moved.size > 0) counters.retried -= units.filter(unit => flight.moved.has(unit)).length
    counters.done += flight.failures.size === 0 ? units.length : units.filter(unit => !flight.failures.has(unit)).length
    // What is tried again has come in and was one unit: where an operator had refused it, it may become several now, or none.
    const isAgain = flight.origin.input === undefined
    counters.in += isAgain ? 0 : itemCount
    counters.units += isAgain ? units.length - itemCount : units.length
    if (flight.units.parents) counters.dropped += itemCount - new Set(units.map(unit => flight.itemOf(unit))).size
  }
  return counters
}

function sizeOf(places: Places): number {
  return [...places.values()].flat().reduce((sum, items) => sum + countOf(items), 0)
}
