// watch.
import assert from 'node:assert/strict'
import type { PartitionId } from '../../log.ts'
import type { Check } from './check.ts'
import { keyOf } from './held.ts'
import { append, commit, type Scene } from './scene.ts'

const [left, right] = [{ topic: 'orders', partition: 0 }, { topic: 'orders', partition: 1 }]
/** Who is stopped may have begun a last look, and would learn of what comes during it. */
const longerThanAnyLookMs = 700

export const watching: readonly Check[] = [
  {
    name: 'a watcher is told of what its own process appends and commits',
    run: async scene => {
      const log = await scene.with('orders', 2)
      const { held } = await scene.own(log, ['orders'])
      await assertTold(scene, listener => log.watch(listener), [left], () => log.append(append(left, 'a')))
      await assertTold(scene, listener => log.watch(listener), [left, right], () => commit(log, held, { appends: [append(left, 'b'), append(right, 'c')] }))
    },
  },
  {
    name: 'a watcher is told of what other processes append and commit',
    run: async scene => {
      const log = await scene.with('orders', 2)
      const other = await scene.open()
      const { held } = await scene.own(log, ['orders'])
      await assertTold(scene, listener => other.watch(listener), [right], () => log.append(append(right, 'a')))
      await assertTold(scene, listener => other.watch(listener), [left, right], () => commit(log, held, { appends: [append(left, 'b'), append(right, 'c')] }))
      await assertTold(scene, listener => log.watch(listener), [left], () => other.append(append(left, 'd')))
    },
  },
  {
    name: 'when a watcher is told, the items are readable: who read to the end before misses nothing',
    run: async scene => {
      const log = await scene.with('orders', 2)
      const other = await scene.open()
      let items = 0
      let next = 0
      let reading: Promise<void> | undefined
      const stop = other.watch(() => {
        reading = (reading ?? Promise.resolve()).then(async () => {
          for (let chunks = await other.read(left, next); chunks.length > 0; chunks = await other.read(left, next)) {
            items += chunks.length
            next = chunks.at(-1)!.next
          }
        })
      })
      await scene.pass(20)
      for (let index = 0; index < 30; index++) await log.append(append(left, index))
      await scene.eventually('the watcher has read all 30', () => items === 30)
      stop()
      await reading
    },
  },
  {
    name: 'who watches again when what it knew was removed is told of what comes, in every partition',
    run: async scene => {
      const log = await scene.with('orders', 2, ['billing'])
      const other = await scene.open()
      await assertTold(scene, listener => other.watch(listener), [right], () => log.append(append(right, 'a')))
      await scene.pass(longerThanAnyLookMs)
      const { held } = await scene.own(log, ['orders'])
      const { next } = await log.append(append(left, 'b'))
      await commit(log, held, { progress: [{ ...left, subscription: 'billing', mark: next, done: [] }] })
      await scene.eventually('what was done with is removed', async () => (await log.read(left, 0)).length === 0)
      await assertTold(scene, listener => other.watch(listener), [right], () => log.append(append(right, 'c')))
      await assertTold(scene, listener => other.watch(listener), [left], () => log.append(append(left, 'd')))
    },
  },
  {
    name: 'who watches and then reads misses nothing: what comes just then is read, or told of',
    run: async scene => {
      const log = await scene.with('orders', 2)
      const other = await scene.open()
      for (let next = 0, index = 0; index < 30; index++) {
        let isTold = false
        const stop = other.watch(() => (isTold = true))
        const [chunks] = await Promise.all([other.read(left, next), log.append(append(left, index)), ...Array.from({ length: 100 }, () => other.read(right, 0))])
        if (chunks.length === 0) await scene.eventually(`item ${index} is told of`, () => isTold)
        stop()
        next = (await scene.read(other, left, index + 1)).at(-1)!.next
      }
    },
  },
  {
    name: 'a watcher that was stopped is not told any more; others are',
    run: async scene => {
      const log = await scene.with('orders', 2)
      const told: string[] = []
      const stopFirst = log.watch(() => told.push('first'))
      const stopSecond = log.watch(() => told.push('second'))
      stopFirst()
      stopFirst()
      await log.append(append(left, 'a'))
      await scene.eventually('the second is told', () => told.includes('second'))
      stopSecond()
      assert.deepEqual(new Set(told), new Set(['second']))
    },
  },
]

/** What was appended before may still be told of. */
async function assertTold(scene: Scene, watch: (listener: (partition: PartitionId) => void) => () => void, expected: readonly PartitionId[], act: () => Promise<unknown>): Promise<void> {
  const told = new Set<string>()
  const stop = watch(partition => told.add(keyOf(partition)))
  await scene.pass(20)
  told.clear()
  await act()
  await scene.eventually(`${expected.map(keyOf).join(' and ')} are told of`, () => expected.every(id => told.has(keyOf(id))))
  stop()
}
