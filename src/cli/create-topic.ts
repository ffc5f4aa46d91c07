// `topics create`: makes a topic before anyone writes to it, or reads from it. Each part of it has a partition for each priority; how many parts, is for an engine
// that several processes share: as many can work on what is in it.
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

/** Says so where it is there already. Throws BatchworkError USAGE for what the engine cannot have. */
export async function createTopic(name: string, flags: CreateTopicFlags): Promise<void> {
  const engine = withReplication(flags)
  const topic = flags.file === undefined ? topicOf(name) : await topicIn(flags.file, name)
  const log = await openOrMakeStore({ engine })
  try {
    const known = (await log.topics()).find(info => info.name === name)
    const partitions = partitionsOf(name, flags, log.parts, known?.partitions)
    await log.createTopics([{ name, partitions, subscriptions: subscriptionsOf(topic) }])
    if (flags.json) return printJson(JSON.stringify({ topic: name, partitions, created: !known }))
    print(!known ? `Topic '${oneLine(name)}' is made, with ${countOf(partitions, 'partition')}.` : `Topic '${oneLine(name)}' is there already; it stays as it is.`)
  } finally {
    await log.close()
  }
}

/** Throws where the engine cannot have as many, or the topic has others. */
function partitionsOf(name: string, { partitions: wanted }: CreateTopicFlags, parts: number | undefined, known: number | undefined): number {
  const each = levels.length
  if (wanted !== undefined && (wanted < each || wanted % each !== 0 || (parts === undefined && wanted !== each))) {
    const expected = parts === undefined ? `topics of this store have ${each}, one for each priority; leave the option out` : `it takes a multiple of ${each}, as each part has one for each priority: ${each * parts} for ${parts} processes`
    throw new BatchworkError('USAGE', `topic '${name}' cannot have --partitions ${wanted}: ${expected}. To read or write a topic made by Kafka's own tools, use kafkaTopic()`)
  }
  if (wanted !== undefined && known !== undefined && wanted !== known) throw new BatchworkError('USAGE', `topic '${name}' is there already, with ${countOf(known, 'partition')}, and cannot get --partitions ${wanted}: leave the option out, or use another name`)
  return wanted ?? known ?? each * (parts ?? 1)
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
