// `topics create`: makes a topic before anyone writes to it, or reads from it. How many partitions it has is not the user's to choose: one for each priority.
import { BatchworkError } from '../model/errors.ts'
import { readTopic, type Topic } from '../pipeline/topic.ts'
import { levels } from '../plan/plan.ts'
import { keepingSubscription } from '../runtime/names.ts'
import { isKafka } from '../client/engine.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { countOf } from './quantities.ts'
import { engineName, openOrMakeStore } from './store.ts'
import { oneLine } from './terminal-text.ts'
import { topicIn, topicOf } from './topics.ts'

export interface CreateTopicFlags extends GuestFlags {
  readonly file?: string | undefined
  readonly partitions?: number | undefined
  readonly replicationFactor?: number | undefined
}

const partitions = levels.length

/** Says so where it is there already. Throws BatchworkError USAGE for what the engine cannot have. */
export async function createTopic(name: string, flags: CreateTopicFlags): Promise<void> {
  checkPartitions(name, flags)
  const engine = withReplication(flags)
  const topic = flags.file === undefined ? topicOf(name) : await topicIn(flags.file, name)
  const log = await openOrMakeStore({ engine })
  try {
    const isNew = !(await log.topics()).some(info => info.name === name)
    await log.createTopics([{ name, partitions, subscriptions: subscriptionsOf(topic) }])
    if (flags.json) return printJson(JSON.stringify({ topic: name, partitions, created: isNew }))
    print(isNew ? `Topic '${oneLine(name)}' is made, with ${countOf(partitions, 'partition')}.` : `Topic '${oneLine(name)}' is there already; it stays as it is.`)
  } finally {
    await log.close()
  }
}

function checkPartitions(name: string, { partitions: wanted = partitions }: CreateTopicFlags): void {
  if (wanted !== partitions) throw new BatchworkError('USAGE', `topic '${name}' cannot have --partitions ${wanted}: topics of Batchwork have ${partitions}, one for each priority; leave the option out. To read or write a topic with more, made by Kafka's own tools, use kafkaTopic()`)
}

/** The engine's address, which says how many brokers keep each topic. */
function withReplication(flags: CreateTopicFlags): string {
  const engine = engineName(flags)
  const { replicationFactor } = flags
  if (replicationFactor === undefined) return engine
  if (!isKafka(engine)) throw new BatchworkError('USAGE', `--replication-factor ${replicationFactor} is for a Kafka engine: the store in '${engine}' keeps topics on this machine alone; leave the option out, or give --engine kafka://host:port`)
  return `${engine}${engine.includes('?') ? '&' : '?'}replication=${replicationFactor}`
}

function subscriptionsOf(topic: Topic<any, any>): readonly string[] {
  return readTopic(topic)!.keepFor ? [keepingSubscription(topic.name)] : []
}
