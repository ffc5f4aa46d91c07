// progress.
import assert from 'node:assert/strict'
import type { Log, Progress } from '../../log.ts'
import type { Check } from './check.ts'
import { commit } from './scene.ts'

const made = (subscription: string, partition: number, rest: Partial<Progress> = {}): Progress => ({ topic: 'orders', partition, subscription, mark: 0, done: [], ...rest })

export const progressing: readonly Check[] = [
  {
    name: 'a subscription that has made no progress has none',
    run: async scene => assert.deepEqual(await (await scene.with('orders', 1, ['billing'])).progress('billing'), []),
  },
  {
    name: 'progress is kept for each subscription, topic and partition for itself',
    run: async scene => {
      const log = await scene.with('orders', 2)
      await log.createTopics([{ name: 'other', partitions: 1, subscriptions: [] }])
      const { held } = await scene.own(log, ['orders', 'other'])
      const all = [made('billing', 0, { mark: 1 }), made('billing', 1, { mark: 2 }), made('audit', 0, { mark: 3 }), { ...made('billing', 0, { mark: 4 }), topic: 'other' }]
      for (const progress of all) await commit(log, held, { progress: [progress] })
      assert.deepEqual(await marksOf(log, 'billing'), ['orders:0 1', 'orders:1 2', 'other:0 4'])
      assert.deepEqual(await marksOf(log, 'audit'), ['orders:0 3'])
      await commit(log, held, { progress: [made('billing', 1, { mark: 20 }), made('audit', 1, { mark: 30 })] })
      assert.deepEqual(await marksOf(log, 'billing'), ['orders:0 1', 'orders:1 20', 'other:0 4'])
      assert.deepEqual(await marksOf(log, 'audit'), ['orders:0 3', 'orders:1 30'])
    },
  },
  {
    name: 'progress replaces what was there as a whole: mark, what is done above it, and note',
    run: async scene => {
      const log = await scene.with('orders')
      const { held } = await scene.own(log, ['orders'])
      const note = JSON.stringify({ position: `'"\\ ü 🚗`, long: 'x'.repeat(20_000) })
      const done = Array.from({ length: 2_000 }, (_, index) => [100 + index * 10, 105 + index * 10] as const)
      const steps = [made('billing', 0, { mark: 5, done, note }), made('billing', 0, { mark: 50, done: [[60, 61]], note: '{"position":2}' }), made('billing', 0, { mark: 2 ** 45 })]
      for (const step of steps) {
        await commit(log, held, { progress: [step] })
        const [found, ...more] = await log.progress('billing')
        assert.deepEqual({ ...found, note: found!.note }, { ...step, note: step.note })
        assert.deepEqual(more, [])
      }
    },
  },
  {
    name: 'progress is seen by the next owner, and after the log was opened again',
    run: async scene => {
      const log = await scene.with('orders')
      const { held, membership } = await scene.own(log, ['orders'])
      await commit(log, held, { progress: [made('billing', 0, { mark: 5, done: [[7, 9]], note: '1' })] })
      await membership.leave()
      await log.close()
      const next = await scene.open()
      await scene.own(next, ['orders'])
      assert.deepEqual(await next.progress('billing'), [made('billing', 0, { mark: 5, done: [[7, 9]], note: '1' })])
    },
  },
]

async function marksOf(log: Log, subscription: string): Promise<readonly string[]> {
  return (await log.progress(subscription)).map(({ topic, partition, mark }) => `${topic}:${partition} ${mark}`).toSorted()
}
