// Users' topics in a dry run: the first items at the position where the pipeline would go on are copied into the throw-away store, with their ids,
// keys and times. The one thing to know: in the user's store nothing is written, no subscription made, no position moved.
import type { Log, TopicInfo } from '../../log.ts'
import { decodeItems, encodeItems, endOf, type FullItems } from '../../model/items.ts'
import { mergedShape, noShape, shapeOf, type Shape } from '../../model/shape.ts'
import type { Plan } from '../../plan/plan.ts'
import { namesOf, partitionsOf, subscriptionOf } from '../../runtime/names.ts'
import { offsetAt } from '../../runtime/positions.ts'
import type { Total } from './total.ts'

export interface CopiedTopic extends Total {
  readonly shape: Shape
}

/** By name, the users' topics that the pipeline reads and does not write itself. Without `from` they are empty. */
export async function copyTopics(plan: Plan, from: Log | undefined, to: Log, count: number): Promise<ReadonlyMap<string, CopiedTopic>> {
  const copied = new Map<string, CopiedTopic>()
  const infos = await from?.topics() ?? []
  for (const topic of plan.topics.filter(({ isShared, readers }) => isShared && readers.length > 0)) {
    await to.createTopics([{ name: topic.name, partitions: partitionsOf(topic), subscriptions: [] }])
    const info = infos.find(({ name }) => name === topic.name)
    const made = from && info ? await copyTopic(plan, from, to, info, count) : { sampled: 0, total: 0, shape: noShape }
    if (topic.producers.length === 0) copied.set(topic.name, { ...made, from: 'all' })
  }
  return copied
}

async function copyTopic(plan: Plan, from: Log, to: Log, info: TopicInfo, count: number): Promise<Omit<CopiedTopic, 'from'>> {
  let [sampled, total, shape] = [0, 0, noShape]
  for (let partition = 0; partition < info.partitions; partition++) {
    const { end } = info.extents[partition]!
    const start = await startOf(plan, from, info, partition)
    total += Math.max(0, end - start)
    for (let cursor = start; sampled < count && cursor < end; ) {
      const [chunk] = await from.read({ topic: info.name, partition }, cursor)
      if (!chunk) break
      const skipped = Math.max(0, cursor - chunk.offset)
      cursor = chunk.next
      if (endOf(chunk)) continue
      const items = sliced(decodeItems(chunk), skipped, skipped + count - sampled)
      if (items.values.length > 0) await to.append({ topic: info.name, partition, chunk: encodeItems(items) })
      shape = items.values.map(value => shapeOf(value)).reduce(mergedShape, shape)
      sampled += items.values.length
    }
  }
  return { sampled, total, shape }
}

/** Of several stages that read it, the one that is the least far. */
async function startOf(plan: Plan, log: Log, info: TopicInfo, partition: number): Promise<number> {
  const names = namesOf(plan, plan.pipeline)
  const starts: number[] = []
  for (const stage of plan.stages) {
    for (const input of stage.inputs) {
      if (input.from.kind !== 'topic' || input.from.topic !== info.name) continue
      const known = (await log.progress(subscriptionOf(names, stage, input))).find(each => each.topic === info.name && each.partition === partition)
      starts.push(known?.mark ?? await offsetAt(log, info, partition, input.from.position ?? 'beginning'))
    }
  }
  return Math.max(info.extents[partition]!.start, Math.min(...starts))
}

function sliced(items: FullItems, from: number, to: number): FullItems {
  const indexes = items.values.map((_, index) => index).slice(from, to)
  const { values, ids, times, keys, headers, origins } = items
  return {
    values: values.slice(from, to), ids: ids.pick(indexes), origins: origins.pick(indexes), times: typeof times === 'number' ? times : times.slice(from, to),
    keys: keys?.slice(from, to), headers: headers?.slice(from, to),
  }
}
