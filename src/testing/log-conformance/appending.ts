// append.
import assert from 'node:assert/strict'
import type { Appended } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import type { Check } from './check.ts'
import { append, uniqueAppend, valuesOf } from './scene.ts'

const id = { topic: 'orders', partition: 0 }
const largeBytes = 8_000_000

export const appending: readonly Check[] = [
  {
    name: 'an appended chunk is read back as it was, by every process',
    run: async scene => {
      const log = await scene.with('orders')
      const other = await scene.open()
      const appended = await log.append(append(id, 'a', { b: 'ü🚗' }, null))
      for (const reader of [log, other]) {
        const [chunk] = await scene.read(reader, id, 3)
        assert.deepEqual(valuesOf([chunk!]), ['a', { b: 'ü🚗' }, null])
        const { topic, partition, offset, count } = chunk!
        assert.deepEqual({ topic, partition, offset, count }, { ...id, offset: appended.offset, count: 3 })
        assert.equal(typeof chunk!.at, 'number')
      }
      assert.deepEqual(appended.duplicates, [])
    },
  },
  {
    name: 'any text is kept as it is, in values and columns',
    run: async scene => {
      const log = await scene.with('orders')
      const values = JSON.stringify([`'"\\\n\u2028\u0000 ü 🚗 日本語`, Array.from({ length: 1_024 }, (_, index) => String.fromCharCode(32 + index)).join('')])
      const columns = JSON.stringify({ text: `'"\\\n\u2028\u0000 ü 🚗 日本語`, long: 'x'.repeat(100_000) })
      await log.append({ ...id, chunk: { count: 5, columns, values } })
      let [chunk] = await log.read(id, 0)
      await scene.eventually('the chunk is readable', async () => ([chunk] = await log.read(id, 0)).length > 0)
      assert.equal(chunk!.values, values)
      assert.equal(chunk!.columns, columns)
      assert.equal(chunk!.count, 5)
    },
  },
  {
    name: 'offsets grow, chunks do not overlap, and next leads to the chunk that follows',
    run: async scene => {
      const log = await scene.with('orders')
      const appended: Appended[] = []
      for (let index = 0; index < 20; index++) appended.push(await log.append(append(id, ...Array.from({ length: 1 + (index % 3) }, () => index))))
      const chunks = await scene.read(log, id, appended.reduce((sum, _, index) => sum + 1 + (index % 3), 0))
      assert.deepEqual(chunks.map(({ offset }) => offset), appended.map(({ offset }) => offset))
      chunks.forEach((chunk, index) => {
        const following = chunks[index + 1]
        assert.ok(chunk.next >= chunk.offset + chunk.count)
        assert.ok(appended[index]!.next >= chunk.offset + chunk.count)
        if (following) assert.ok(chunk.next <= following.offset && appended[index]!.next <= following.offset)
      })
    },
  },
  {
    name: 'partitions and topics do not mix',
    run: async scene => {
      const log = await scene.with('orders', 3)
      await log.createTopics([{ name: 'orders:1', partitions: 2, subscriptions: [] }])
      const places = [id, { ...id, partition: 2 }, { topic: 'orders:1', partition: 0 }, { topic: 'orders:1', partition: 1 }]
      for (const place of places) await log.append(append(place, `${place.topic}/${place.partition}`))
      for (const place of places) await scene.assertHolds(log, place, [`${place.topic}/${place.partition}`])
      await scene.assertHolds(log, { ...id, partition: 1 }, [])
    },
  },
  {
    name: 'many appends at once keep the order of each process, and none is lost or doubled',
    run: async scene => {
      const logs = [await scene.with('orders'), await scene.open()]
      const numbers = Array.from({ length: 300 }, (_, number) => number)
      await Promise.all(logs.flatMap((log, process) => numbers.map(number => log.append(append(id, [process, number])))))
      const values = valuesOf(await scene.read(logs[0]!, id, 600)) as readonly (readonly [number, number])[]
      for (const process of [0, 1]) assert.deepEqual(values.filter(([from]) => from === process).map(([, number]) => number), numbers)
      assert.equal(values.length, 600)
    },
  },
  {
    name: 'a chunk of 8 MB is kept',
    run: async scene => {
      const log = await scene.with('orders')
      let state = 1
      const values = JSON.stringify([Array.from({ length: largeBytes }, () => String.fromCharCode(97 + ((state = (state * 48_271) % 2_147_483_647) % 26))).join('')])
      await log.append({ ...id, chunk: { count: 1, columns: '{}', values } })
      let read = await log.read(id, 0)
      await scene.eventually('the chunk is readable', async () => (read = await log.read(id, 0)).length > 0)
      assert.ok(read[0]!.values === values, 'the text read is not the text appended')
    },
  },
  {
    name: 'an unknown topic or partition is refused with a LogError',
    run: async scene => {
      const log = await scene.with('orders', 2)
      await assert.rejects(log.append(append({ topic: 'unknown', partition: 0 }, 'a')), LogError)
      for (const partition of [2, -1, 0.5]) await assert.rejects(log.append(append({ topic: 'orders', partition }, 'a')), LogError)
      await assert.rejects(log.append(uniqueAppend({ topic: 'orders', partition: 2 }, ['a'])), LogError)
      assert.deepEqual((await log.append(uniqueAppend(id, ['a']))).duplicates, [], 'what was refused must not count as seen')
      await scene.assertHolds(log, id, ['a'])
    },
  },
  {
    name: 'what was acknowledged is there after the process was killed',
    needs: ['crash'],
    run: async scene => {
      const log = await scene.with('orders')
      await Promise.all(['a', 'b', 'c'].map(value => log.append(append(id, value))))
      await scene.fixture.crash!(log)
      await scene.assertHolds(await scene.open(), id, ['a', 'b', 'c'])
    },
  },
  {
    name: 'what was acknowledged is there after the log was closed and opened again',
    run: async scene => {
      const log = await scene.with('orders', 1, ['billing'])
      const { offset } = await log.append(append(id, 'a', 'b'))
      await log.close()
      const again = await scene.open()
      const [chunk] = await scene.read(again, id, 2)
      assert.equal(chunk!.offset, offset)
      assert.ok((await again.append(append(id, 'c'))).offset >= chunk!.next)
      await scene.assertHolds(again, id, ['a', 'b', 'c'])
    },
  },
]
