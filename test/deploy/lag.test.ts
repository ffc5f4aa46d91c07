// The lag that KEDA is told to look at, on a real broker: above the line while there is work, at or below it when there is none. What KEDA does with it is computed
// here as its Kafka trigger does: the end of a partition less the group's offset, or all of it where nothing was committed.
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

test('lag shows an item that waits, anywhere in a pipeline that was stopped, and nothing when all is done', { skip: needs('java') }, async () => {
  const [broker, prefix] = [await testBroker(), randomUUID()]
  const triggers = backlogTriggers(planFor(shop), prefix)
  await using client = await connect({ engine: `kafka://${broker}/${prefix}` })
  const admin = new Admin({ clientId: prefix, bootstrapBrokers: [broker] })
  const active = () => activeOf(admin, triggers)
  const runUntil = async (isDone: (stages: Readonly<Record<string, { readonly done: number; readonly retried: number }>>) => boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = await client.start(shop, { onProgress: ({ stages }) => { if (isDone(stages)) resolve() } })
    await promise
    await running.stop()
  }
  try {
    for (const to of ['Ada', 'Bo', 'Cy']) await client.publish(orders, { to })
    await runUntil(({ shipped: sink }) => sink!.done === 3)
    deepEqual(await active(), [])

    await client.publish(orders, { to: 'Di' })
    deepEqual(await active(), [`${prefix}.orders`])
    await runUntil(({ shipped: sink }) => sink!.done === 4)
    deepEqual(await active(), [])

    await client.publish(orders, { to: 'nobody' })
    await runUntil(({ ship }) => ship!.retried === 1)
    deepEqual(await active(), [`${prefix}.shop.ship.retry`])
  } finally {
    await admin.close()
  }
})

/** Topics of the triggers that would start a process. */
async function activeOf(admin: Admin, triggers: readonly BacklogTrigger[]): Promise<readonly string[]> {
  const topics = [...new Set(triggers.map(trigger => trigger.topic))]
  const metadata = await admin.metadata({ topics })
  const partitions = (name: string) => Array.from({ length: metadata.topics.get(name)!.partitionsCount }, (_, partition) => partition)
  const ends = await admin.listOffsets({ topics: topics.map(name => ({ name, partitions: partitions(name).map(partitionIndex => ({ partitionIndex, timestamp: -1n })) })) })
  const [group] = await admin.listConsumerGroupOffsets({ groups: [triggers[0]!.group] })
  ok(group!.topics.length > 0, 'the group has committed nothing')
  const lagOf = (name: string, partition: number) => {
    const end = ends.find(each => each.name === name)!.partitions.find(each => each.partitionIndex === partition)!.offset
    const committed = group!.topics.find(each => each.name === name)?.partitions.find(each => each.partitionIndex === partition)?.committedOffset ?? -1n
    return Number(end) - Math.max(0, Number(committed))
  }
  const isActive = ({ topic: name, partition, idleLag }: BacklogTrigger) => (
    (partition === undefined ? partitions(name) : [partition]).reduce((sum, each) => sum + lagOf(name, each), 0) > idleLag
  )
  return [...new Set(triggers.filter(isActive).map(trigger => trigger.topic))]
}
