// createTopics, deleteTopics, topics.
import assert from 'node:assert/strict'
import type { Log, TopicInfo } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import type { Check } from './check.ts'
import { append, commit, uniqueAppend } from './scene.ts'

const id = { topic: 'orders', partition: 0 }
const oddNames = ['ünïcode 🚗 日本語', `"quotes" 'single' \`back\`; DROP TABLE topics; --`, 'x'.repeat(200), '../up/and\\down', '__proto__', '%s %d \t{}[]$&']

export const topics: readonly Check[] = [
  {
    name: 'topics are created with their partitions and subscriptions, empty',
    run: async scene => {
      const log = await scene.with('orders', 3, ['billing', 'audit'])
      const info = await infoOf(log, 'orders')
      assert.equal(info.partitions, 3)
      assert.deepEqual(info.subscriptions.toSorted(), ['audit', 'billing'])
      assert.equal(info.extents.length, 3)
      for (const { start, end } of info.extents) assert.equal(start, end)
    },
  },
  {
    name: 'a topic that exists keeps its data and takes the new subscriptions',
    run: async scene => {
      const log = await scene.with('orders', 1, ['billing'])
      await log.append(append(id, 'kept'))
      const other = await scene.with('orders', 1, ['audit'])
      assert.deepEqual((await infoOf(other, 'orders')).subscriptions.toSorted(), ['audit', 'billing'])
      await scene.assertHolds(other, id, ['kept'])
    },
  },
  {
    name: 'creating the same topic from two processes at once is no error',
    run: async scene => {
      const logs = [await scene.open(), await scene.open()]
      await Promise.all(logs.map(log => log.createTopics([{ name: 'orders', partitions: 2, subscriptions: ['billing'] }])))
      assert.equal((await infoOf(logs[0]!, 'orders')).partitions, 2)
    },
  },
  {
    name: 'another number of partitions is refused, and the topic stays as it was',
    run: async scene => {
      const log = await scene.with('orders', 2)
      await log.append(append(id, 'kept'))
      for (const partitions of [1, 3]) await assert.rejects(log.createTopics([{ name: 'orders', partitions, subscriptions: [] }]), LogError)
      assert.equal((await infoOf(log, 'orders')).partitions, 2)
      await scene.assertHolds(log, id, ['kept'])
    },
  },
  {
    name: 'names may have any characters and be 200 long',
    run: async scene => {
      const log = await scene.open()
      await log.createTopics(oddNames.map(name => ({ name, partitions: 1, subscriptions: [name] })))
      for (const name of oddNames) {
        await log.append(append({ topic: name, partition: 0 }, name))
        assert.deepEqual((await infoOf(log, name)).subscriptions, [name])
      }
      for (const name of oddNames) await scene.assertHolds(log, { topic: name, partition: 0 }, [name])
      const { held } = await scene.own(log, oddNames)
      await commit(log, held, { progress: oddNames.map(name => ({ topic: name, partition: 0, subscription: name, mark: 0, done: [], note: JSON.stringify(name) })) })
      for (const name of oddNames) assert.deepEqual((await log.progress(name)).map(({ topic, note }) => ({ topic, note })), [{ topic: name, note: JSON.stringify(name) }])
    },
  },
  {
    name: 'deleted topics are gone with their data, their progress and the ids they saw; unknown names are passed over',
    run: async scene => {
      const log = await scene.with('orders')
      await log.createTopics([{ name: 'other', partitions: 1, subscriptions: [] }])
      const { held, membership } = await scene.own(log, ['orders', 'other'])
      const progress = ['orders', 'other'].map(topic => ({ topic, partition: 0, subscription: 'billing', mark: 0, done: [] }))
      await commit(log, held, { appends: [uniqueAppend(id, ['a']), append({ topic: 'other', partition: 0 }, 'kept')], progress })
      await membership.leave()
      await log.deleteTopics(['orders', 'never existed'])
      assert.deepEqual((await log.topics()).map(({ name }) => name), ['other'])
      assert.deepEqual((await log.progress('billing')).map(({ topic }) => topic), ['other'])
      await assert.rejects(log.read(id, 0), LogError)
      await log.createTopics([{ name: 'orders', partitions: 2, subscriptions: [] }])
      assert.deepEqual(await log.read(id, 0), [])
      assert.deepEqual((await log.append(uniqueAppend(id, ['a']))).duplicates, [])
      await scene.assertHolds(log, { topic: 'other', partition: 0 }, ['kept'])
    },
  },
  {
    name: 'a topic that is seldom used is as any other: empty, then appended and committed to, seen and told of in other processes',
    run: async scene => {
      const [log, other] = [await scene.open(), await scene.open()]
      await log.createTopics([{ name: 'orders', partitions: 2, subscriptions: ['billing'], isSeldomUsed: true }])
      assert.deepEqual((await infoOf(other, 'orders')).extents.map(({ start, end }) => end - start), [0, 0])
      for (const each of [log, other]) assert.deepEqual(await each.read(id, 0), [])
      const { held } = await scene.own(log, ['orders'])
      const told = new Set<number>()
      const stop = other.watch(({ partition }) => told.add(partition))
      assert.deepEqual(await other.read(id, 0), [])
      await Promise.all([0, 1].map(partition => commit(log, held, { appends: [append({ topic: 'orders', partition }, `committed to ${partition}`)] })))
      for (const partition of [0, 1]) assert.deepEqual((await scene.read(other, { topic: 'orders', partition }, 1)).length, 1)
      await scene.eventually('the other is told of both', () => told.size === 2)
      stop()
      await other.append(append(id, 'appended'))
      await scene.assertHolds(log, id, ['committed to 0', 'appended'])
      assert.deepEqual((await infoOf(log, 'orders')).subscriptions, ['billing'])
      await log.createTopics([{ name: 'unused', partitions: 1, subscriptions: [], isSeldomUsed: true }])
      await log.deleteTopics(['orders', 'unused'])
      assert.deepEqual(await other.topics(), [])
    },
  },
  {
    name: 'extents say where a partition begins and which offset comes next',
    run: async scene => {
      const log = await scene.with('orders', 2)
      const first = await log.append(append(id, 'a', 'b'))
      const { extents } = await infoOf(log, 'orders')
      assert.ok(extents[0]!.start <= first.offset)
      assert.ok(extents[0]!.end >= first.offset + 2, 'what was acknowledged lies before the end')
      assert.equal(extents[1]!.start, extents[1]!.end)
      assert.ok((await log.append(append(id, 'c'))).offset >= extents[0]!.end, 'what is appended later lies at or after it')
    },
  },
]

async function infoOf(log: Log, name: string): Promise<TopicInfo> {
  const info = (await log.topics()).find(topic => topic.name === name)
  assert.ok(info, `topic '${name}' must be listed`)
  return info
}
