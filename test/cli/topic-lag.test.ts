// How much waits behind each reader of a topic, in items, on both engines; and behind a pipeline that reads a topic of others.
import { deepEqual, equal, match } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { connect, topic } from 'batchwork'
import { lagsOf } from '../../src/cli/topic-lag.ts'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { Held } from '../../src/testing/log-conformance/held.ts'
import { ForeignTopic } from '../kafka/foreign-topic.ts'
import { testBroker } from '../kafka/broker.ts'
import { needs } from '../needs.ts'
import { Workplace } from './workplace.ts'

const java = needs('java')
const post = `
import { pipeline, topic } from 'batchwork'
export default pipeline('post', flow => { flow.source(topic('letters')).work('stamp', letter => letter) })
`
const lines = (count: number) => `${Array.from({ length: count }, (_, number) => number).join('\n')}\n`

interface Described {
  readonly subscriptions: readonly { readonly subscription: string; readonly waiting: number; readonly exact: boolean; readonly partitions: readonly number[] }[]
}

async function describesWhatWaits(place: Workplace, engine: readonly string[]): Promise<void> {
  const told = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await place.run(['topics', ...words, ...engine])
    equal(code, 0, stderr)
    return stdout
  }
  const produce = (count: number) => place.run(['topics', 'produce', 'letters', ...engine], { input: lines(count) })
  await produce(50)
  equal((await place.run(['run', 'post.ts', ...engine])).code, 0)
  await produce(1_000)
  const { subscriptions } = JSON.parse(await told('describe', 'letters', '--json')) as Described
  deepEqual(subscriptions.map(({ subscription, waiting, exact }) => [subscription, waiting, exact]), [['post/stamp', 1_000, true]])
  equal(subscriptions[0]!.partitions.reduce((sum, count) => sum + count, 0), 1_000)
  match(await told('describe', 'letters'), /^read by post\/stamp, 1,000 waiting: [\d,]+ in partition \d+/m)
  equal((await place.run(['run', 'post.ts', ...engine])).code, 0)
  match(await told('describe', 'letters'), /^read by post\/stamp, 0 waiting$/m)
}

test('topics describe counts the items that wait behind a reader, on the embedded engine', async t => describesWhatWaits(new Workplace(t, { 'post.ts': post }), []))

test('topics describe counts the items that wait behind a reader, on Kafka', { skip: java }, async t => describesWhatWaits(new Workplace(t, { 'post.ts': post }), ['--engine', `kafka://${await testBroker()}/${randomUUID()}`]))

test('items that are done above the mark do not wait, and beyond what is read at a look the rest is guessed', { skip: java }, async t => {
  const engine = `kafka://${await testBroker()}/${randomUUID()}?parts=1`
  await using client = await connect({ engine })
  const letters = topic<number>('letters')
  for (let chunk = 0; chunk < 10; chunk++) await client.publishAll(letters, Array.from({ length: 20 }, (_, number) => number))
  const log = await openKafka(engine)
  t.after(() => log.close())
  await log.createTopics([{ name: 'letters', partitions: 3, subscriptions: ['reader'] }])
  const held = new Held()
  await log.join('readers', ['letters'], held)
  const infoOf = async () => (await log.topics()).find(({ name }) => name === 'letters')!
  const partition = (await infoOf()).extents.findIndex(({ end }) => end > 0)
  const chunks = await log.read({ topic: 'letters', partition }, 0, { chunks: 100 })
  const [first, third] = [chunks[0]!, chunks[2]!]
  await log.commit({ epoch: held.epoch, appends: [], state: [], progress: [{ topic: 'letters', partition, subscription: 'reader', mark: first.offset + 5, done: [[third.offset, third.offset + 3]] }] })
  const [lag] = await lagsOf(log, await infoOf())
  deepEqual([lag!.waiting, lag!.isExact], [200 - 5 - 3, true])
  const [guess] = await lagsOf(log, await infoOf(), 0)
  deepEqual([guess!.isExact, guess!.waiting > 0], [false, true])
})

test('topics describe --file asks the brokers of others how many records wait behind a run', { skip: java }, async t => {
  const theirs = await ForeignTopic.make({ partitions: 2 })
  const place = new Workplace(t, { 'shop.ts': `
    import { pipeline } from 'batchwork'
    import { kafkaTopic } from 'batchwork/kafka'
    export default pipeline('shop', flow => { flow.source('orders', kafkaTopic('${theirs.address}', '${theirs.name}', { follow: true })).work('check', order => order) })
  ` })
  await theirs.write([{ value: '1', partition: 0 }, { value: '2', partition: 1 }])
  match((await place.run(['topics', 'produce', 'others'], { input: '1\n' })).stdout, /1 item/)
  match((await place.run(['topics', 'describe', 'orders', '--file', 'shop.ts'])).stdout, /No run that is not complete reads it/)
  const started = place.begin(['start', 'shop.ts', '--json'])
  await started.until('stdout', /"check":\{"state":"\w+","in":2/)
  started.kill('SIGTERM')
  await started.ended
  await theirs.write([{ value: '3', partition: 1 }, { value: '4', partition: 1 }])
  match((await place.run(['topics', 'describe', 'orders', '--file', 'shop.ts'])).stdout, new RegExp(`read by shop/check, at most 2 records waiting: 2 in ${theirs.name}-1$`, 'm'))
  match((await place.run(['topics', 'describe', 'order', '--file', 'shop.ts'])).stderr, /reads no topic of others 'order'; it reads 'orders'; did you mean 'orders'\?/)
})
