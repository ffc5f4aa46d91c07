// Where a subscription begins that was never there before.
import type { Log, Progress, StateChange, TopicInfo } from '../log.ts'
import type { Position } from '../model/values.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import { laneOf, subscriptionOf, type RunNames } from './names.ts'
import type { Place } from './ownership.ts'
import { allEntries } from './state.ts'

const untilStore = (names: RunNames) => names.store('until')

/** A bounded run takes of a user's topic what was there when it began: the end of each partition, settled once. */
export async function endsOfSharedTopics(log: Log, plan: Plan, names: RunNames): Promise<readonly StateChange[]> {
  const store = untilStore(names)
  const [topics, known] = await Promise.all([log.topics(), allEntries(log, store)])
  return plan.topics
    .filter(topic => topic.isShared && topic.producers.length === 0 && !known.has(topic.name))
    .map(({ name: key }) => ({ store, key, value: JSON.stringify(topics.find(({ name }) => name === key)!.extents.map(({ end }) => end)) }))
}

/** By topic, where a bounded run ends in each of its partitions. */
export async function untilOf(log: Log, names: RunNames): Promise<ReadonlyMap<string, readonly number[]>> {
  return new Map(Array.from(await allEntries(log, untilStore(names)), ([name, ends]) => [name, JSON.parse(ends) as number[]]))
}

export interface Beginning {
  readonly names: RunNames
  readonly stage: StagePlan
  /** Only what these read. */
  readonly lanes: readonly number[]
  readonly levelsOf: (topic: string) => number
}

/** A new subscription begins where the pipeline says; durable before anything is read. */
export async function firstPositions({ log, epoch }: Place, { names, stage, lanes, levelsOf }: Beginning, topics: readonly TopicInfo[], known: readonly Progress[]): Promise<readonly Progress[]> {
  const first: Progress[] = []
  for (const input of stage.inputs) {
    if (input.from.kind !== 'topic' || input.from.position === undefined || input.from.position === 'beginning') continue
    const { topic: name, position } = input.from
    const subscription = subscriptionOf(names, stage, input)
    const topic = topics.find(each => each.name === names.topic(name))!
    for (let partition = 0; partition < topic.partitions; partition++) {
      if (!lanes.includes(laneOf(stage, partition, levelsOf(name))) || known.some(each => each.subscription === subscription && each.topic === topic.name && each.partition === partition)) continue
      first.push({ subscription, topic: topic.name, partition, mark: await offsetAt(log, topic, partition, position), done: [] })
    }
  }
  if (first.length > 0) await log.commit({ epoch, appends: [], progress: first, state: [] })
  return first
}

/** Times are those of the chunks: when the items were appended. */
export async function offsetAt(log: Log, topic: TopicInfo, partition: number, position: Position): Promise<number> {
  const { start, end } = topic.extents[partition]!
  if (position === 'beginning') return start
  if (position === 'now') return end
  return 'offset' in position ? Math.min(Math.max(position.offset, start), end) : firstSince(log, topic.name, partition, start, end, position.time.getTime())
}

async function firstSince(log: Log, topic: string, partition: number, start: number, end: number, timeMs: number): Promise<number> {
  let [low, high] = [start, end]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [chunk] = await log.read({ topic, partition }, middle)
    if (!chunk || chunk.at >= timeMs) high = middle
    else low = chunk.next
  }
  return low
}
