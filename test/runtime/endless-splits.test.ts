import { deepEqual } from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { pipeline, type Source } from '../../src/index.ts'
import { sorted, upTo, worldWithClient } from './running.ts'

test('splits that never end are all read, more of them than splits that end are read at a time, and stop with the run', async () => {
  const { world, client } = worldWithClient()
  const source: Source<number> = {
    splits: () => upTo(20).map(data => ({ id: String(data), data, isEndless: true })),
    async *read({ data }, _from, { signal }) {
      yield { item: data as number, position: 1 }
      if (!signal.aborted) await once(signal, 'abort')
    },
  }
  const seen: number[] = []
  const all = Promise.withResolvers<void>()
  const running = await client.start(pipeline('follows', flow => {
    flow.source('numbers', source).to({
      name: 'seen',
      async write({ items }) {
        seen.push(...items)
        if (seen.length === 20) all.resolve()
      },
    })
  }))
  await all.promise
  await running.stop()
  deepEqual(sorted(seen), upTo(20))
  world.clock.stop()
})
