// Ids seen within the horizon.
import assert from 'node:assert/strict'
import { LogError } from '../../model/errors.ts'
import { decodeItems } from '../../model/items.ts'
import type { Check } from './check.ts'
import { append, commit, uniqueAppend, valuesOf } from './scene.ts'

const id = { topic: 'orders', partition: 0 }

export const uniqueIds: readonly Check[] = [
  {
    name: 'items whose id was seen are dropped and named, the others are kept with their ids',
    run: async scene => {
      const log = await scene.with('orders')
      assert.deepEqual((await log.append(uniqueAppend(id, ['a', 'b']))).duplicates, [])
      assert.deepEqual((await log.append(uniqueAppend(id, ['x', 'a', 'y', 'b', 'z']))).duplicates, [1, 3])
      const chunks = await scene.read(log, id, 5)
      assert.deepEqual(valuesOf(chunks), ['a', 'b', 'x', 'y', 'z'])
      assert.deepEqual(chunks.flatMap(chunk => [...decodeItems(chunk).ids]), ['a', 'b', 'x', 'y', 'z'])
      await scene.assertHolds(log, id, ['a', 'b', 'x', 'y', 'z'])
    },
  },
  {
    name: 'of the same id twice in one chunk the first is kept',
    run: async scene => {
      const log = await scene.with('orders')
      assert.deepEqual((await log.append(uniqueAppend(id, ['a', 'b', 'a', 'a', 'c', 'b']))).duplicates, [2, 3, 5])
      await scene.assertHolds(log, id, ['a', 'b', 'c'])
    },
  },
  {
    name: 'a chunk of duplicates alone adds nothing',
    run: async scene => {
      const log = await scene.with('orders')
      await log.append(uniqueAppend(id, ['a', 'b']))
      const { offset, duplicates } = await log.append(uniqueAppend(id, ['b', 'a']))
      assert.deepEqual(duplicates, [0, 1])
      await scene.assertHolds(log, id, ['a', 'b'])
      assert.ok((await scene.read(log, id, 3)).at(-1)!.offset >= offset)
    },
  },
  {
    name: 'ids are seen by topic: in all its partitions, by all processes, in appends and commits alike',
    run: async scene => {
      const log = await scene.with('orders', 2)
      await log.createTopics([{ name: 'other', partitions: 1, subscriptions: [] }])
      const { held } = await scene.own(log, ['orders', 'other'])
      await log.append(uniqueAppend(id, ['a']))
      const [first, second, third] = await commit(log, held, { appends: [uniqueAppend({ ...id, partition: 1 }, ['a', 'b']), uniqueAppend(id, ['b', 'c']), uniqueAppend({ topic: 'other', partition: 0 }, ['a'])] })
      assert.deepEqual([first!.duplicates, second!.duplicates, third!.duplicates], [[0], [0], []])
      assert.deepEqual((await (await scene.open()).append(uniqueAppend(id, ['c', 'd']))).duplicates, [0])
      await scene.assertHolds(log, id, ['a', 'c', 'd'])
      await scene.assertHolds(log, { ...id, partition: 1 }, ['b'])
      await scene.assertHolds(log, { topic: 'other', partition: 0 }, ['a'])
    },
  },
  {
    name: 'what a commit drops is counted in the state, with the commit or not at all',
    run: async scene => {
      const log = await scene.with('orders')
      const { held, membership } = await scene.own(log, ['orders'])
      const counted = (...ids: readonly string[]) => {
        const each = uniqueAppend(id, ids)
        return { ...each, unique: { ...each.unique!, countedAs: { store: 'dropped', key: 'orders' } } }
      }
      await commit(log, held, { appends: [counted('a', 'b')] })
      await commit(log, held, { appends: [counted('a', 'c'), counted('b', 'c', 'd')] })
      assert.deepEqual(await log.get('dropped', ['orders']), [{ key: 'orders', value: '3' }])
      await assert.rejects(commit(log, held, { appends: [counted('a'), append({ topic: 'unknown', partition: 0 }, 'x')] }), LogError)
      await commit(log, held, { appends: [counted('a')] })
      assert.deepEqual(await log.get('dropped', ['orders']), [{ key: 'orders', value: '4' }])
      await membership.leave()
    },
  },
  {
    name: 'of one id appended by many at once, one is kept',
    run: async scene => {
      const logs = [await scene.with('orders'), await scene.open()]
      const results = await Promise.all(Array.from({ length: 40 }, (_, index) => logs[index % 2]!.append(uniqueAppend(id, ['a', `own ${index}`]))))
      assert.equal(results.filter(({ duplicates }) => duplicates.length === 0).length, 1)
      assert.equal(valuesOf(await scene.read(logs[0]!, id, 41)).filter(value => value === 'a').length, 1)
    },
  },
  {
    name: 'odd ids are told apart, and the same item without unique is appended again',
    run: async scene => {
      const log = await scene.with('orders')
      const ids = ['', 'a', 'A', ' a', '\u00e4', 'a\u0308', '__proto__', 'constructor', '😀', 'x'.repeat(10_000), `${'x'.repeat(9_999)}y`, '1', '01']
      assert.deepEqual((await log.append(uniqueAppend(id, ids))).duplicates, [])
      assert.deepEqual((await log.append(uniqueAppend(id, ids))).duplicates, ids.map((_, index) => index))
      await log.append(append(id, 'a'))
      await scene.assertHolds(log, id, [...ids, 'a'])
    },
  },
  {
    name: 'an id is new again after its horizon',
    run: async scene => {
      const log = await scene.with('orders')
      await log.append(uniqueAppend(id, ['a', 'kept'], 3_600_000))
      await scene.eventually('the id is new again', async () => {
        await scene.pass(20)
        return (await log.append(uniqueAppend(id, ['a'], 15))).duplicates.length === 0
      })
      assert.deepEqual((await log.append(uniqueAppend(id, ['kept', 'a'], 3_600_000))).duplicates, [0, 1])
      await scene.assertHolds(log, id, ['a', 'kept', 'a'])
    },
  },
  {
    name: 'ids are remembered after the log was opened again',
    run: async scene => {
      const log = await scene.with('orders')
      await log.append(uniqueAppend(id, ['a']))
      await log.close()
      assert.deepEqual((await (await scene.open()).append(uniqueAppend(id, ['a', 'b']))).duplicates, [0])
    },
  },
]
