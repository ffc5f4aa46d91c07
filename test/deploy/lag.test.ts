// The lag that KEDA is told to look at, on a real broker: above the line while there is work, at or below it when there is none. What KEDA does with it is computed
// here as its Kafka trigger does: the end of a partition less the group's offset, or all of it where nothing was committed; at most one process for each partition.
import { deepEqual, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { connect, pipeline, RetryLater, topic } from 'batchwork'
import { planFor } from '../../src/client/run-pipeline.ts'
import { backlogTriggers, type BacklogTrigger } from '../../src/deploy/backlog-triggers.ts'
import { testBroker } from '../kafka/broker.ts'
import { needs } from '../needs.ts'

interface Parcel {
  readonly to: string
}

const orders = topic<Parcel>('orders')
const shipped = topic<Parcel>('shipped')
const shop = pipeline('shop', flow => {
  flow.source(orders).work('pack', parcel => parcel)
    .work('ship', parcel => {
      if (parcel.to === 'nobody') throw new RetryLater('nobody is in', { after: '1h' })
      return parcel
    })
    .to(shipped)
})

const parts = 2

test('lag shows an item that waits, anywhere in a pipeline that was stopped, and how many processes it is worth; and nothing when all is done', { skip: needs('java') }, async () => {
  const [broker, prefix] = [await testBroker(), randomUUID()]
  const triggers = backlogTriggers(planFor(shop, undefined, { parts }), { prefix, wakes: true, lagPerProcess: 1 })
  await using client = await connect({ engine: `kafka://${broker}/${prefix}?parts=${parts}` })
  const admin = new Admin({ clientId: prefix, bootstrapBrokers: [broker] })
  const asked = async () => askedOf(await lagsOf(admin, triggers))
  const runUntil = async (isDone: (stages: Readonly<Record<string, { readonly done: number; readonly retried: number }>>) => boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = await client.start(shop, { onProgress: ({ stages }) => { if (isDone(stages)) resolve() } })
    await promise
    await running.stop()
  }
  try {
    for (const to of ['Ada', 'Bo', 'Cy']) await client.publish(orders, { to })
    await runUntil(({ ship }) => ship!.done === 3)
    deepEqual(await asked(), { active: [], processes: 1 })

    await client.publish(orders, { to: 'Di' })
    deepEqual(await asked(), { active: [`${prefix}.orders`], processes: 1 })
    for (let more = 0; more < 6; more++) await client.publish(orders, { to: `Ed ${more}` })
    deepEqual(await asked(), { active: [`${prefix}.orders`], processes: 2 })
    await runUntil(({ ship }) => ship!.done === 10)
    deepEqual(await asked(), { active: [], processes: 1 })

    await client.publish(orders, { to: 'nobody' })
    await runUntil(({ ship }) => ship!.retried === 1)
    deepEqual(await asked(), { active: [`${prefix}.shop.ship.retry`], processes: 1 })
  } finally {
    await admin.close()
  }
})

interface Lag {
  readonly trigger: BacklogTrigger
  readonly lag: number
  readonly partitions: number
}

/** Topics of the triggers that would start a process, and how many processes KEDA would then have. */
function askedOf(lags: readonly Lag[]) {
  const wanted = lags.map(({ trigger: { lagPerProcess = 10 }, lag, partitions }) => Math.ceil(Math.min(lag, partitions * lagPerProcess) / lagPerProcess))
  return { active: [...new Set(lags.filter(({ trigger, lag }) => lag > trigger.idleLag).map(({ trigger }) => trigger.topic))], processes: Math.max(1, ...wanted) }
}

async function lagsOf(admin: Admin, triggers: readonly BacklogTrigger[]): Promise<readonly Lag[]> {
  const topics = [...new Set(triggers.map(trigger => trigger.topic))]
  const metadata = await admin.metadata({ topics })
  const partitionsOf = (name: string) => Array.from({ length: metadata.topics.get(name)!.partitionsCount }, (_, partition) => partition)
  const ends = await admin.listOffsets({ topics: topics.map(name => ({ name, partitions: partitionsOf(name).map(partitionIndex => ({ partitionIndex, timestamp: -1n })) })) })
  const [group] = await admin.listConsumerGroupOffsets({ groups: [triggers[0]!.group] })
  ok(group!.topics.length > 0, 'the group has committed nothing')
  const lagOf = (name: string, partition: number) => {
    const end = ends.find(each => each.name === name)!.partitions.find(each => each.partitionIndex === partition)!.offset
    const committed = group!.topics.find(each => each.name === name)?.partitions.find(each => each.partitionIndex === partition)?.committedOffset ?? -1n
    return Number(end) - Math.max(0, Number(committed))
  }
  return triggers.map(trigger => {
    const partitions = trigger.partition === undefined ? partitionsOf(trigger.topic) : [trigger.partition]
    return { trigger, partitions: partitions.length, lag: partitions.reduce((sum, partition) => sum + lagOf(trigger.topic, partition), 0) }
  })
}
