// State: get, scan, deleteStores, and changes in a commit.
import assert from 'node:assert/strict'
import type { Log, StateChange, StateEntry } from '../../log.ts'
import type { Check } from './check.ts'
import { commit, type Scene } from './scene.ts'

export const state: readonly Check[] = [
  {
    name: 'get gives the values of the keys that exist',
    run: async scene => {
      const { log, set } = await stored(scene)
      await set(['a', '1'], ['b', '{"x":"ü🚗"}'], ['', '"the empty key"'])
      assert.deepEqual(byKey(await log.get('sums', ['b', 'missing', 'a', ''])), [{ key: '', value: '"the empty key"' }, { key: 'a', value: '1' }, { key: 'b', value: '{"x":"ü🚗"}' }])
      assert.deepEqual(await log.get('sums', []), [])
      assert.deepEqual(await log.get('unknown store', ['a']), [])
    },
  },
  {
    name: 'a change replaces the value, null removes the entry, and the last of several changes to a key counts',
    run: async scene => {
      const { log, set } = await stored(scene)
      await set(['a', '1'], ['b', '1'], ['c', '1'], ['c', '2'])
      await set(['a', '2'], ['b', null], ['never there', null], ['d', '1'], ['d', null])
      assert.deepEqual(await log.scan('sums'), [{ key: 'a', value: '2' }, { key: 'c', value: '2' }])
      assert.deepEqual(byKey(await log.get('sums', ['a', 'b', 'd'])), [{ key: 'a', value: '2' }])
      await set(['b', 'null'])
      assert.deepEqual(await log.get('sums', ['b']), [{ key: 'b', value: 'null' }])
    },
  },
  {
    name: 'a scan follows the UTF-8 bytes of the keys, not their UTF-16 units',
    run: async scene => {
      const { log, set } = await stored(scene)
      const keys = ['｡', '😀', 'é', 'Z', 'a', 'a\u0000', 'ab', '', '\u{10FFFF}', '\uFFFD', '10', '9', '日本', '__proto__']
      await set(...keys.map(key => [key, '1'] as const))
      const sorted = keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      assert.deepEqual((await log.scan('sums')).map(({ key }) => key), sorted)
      for (const [index, key] of sorted.entries()) assert.deepEqual((await log.scan('sums', key)).map(entry => entry.key), sorted.slice(index + 1))
    },
  },
  {
    name: 'a scan goes on after a key, whether it exists or not, and gives at most as many as asked for',
    run: async scene => {
      const { log, set } = await stored(scene)
      await set(...['b', 'd', 'f', 'h'].map(key => [key, '1'] as const))
      const scan = async (after?: string, limit?: number) => (await log.scan('sums', after, limit)).map(({ key }) => key).join('')
      assert.equal(await scan('c'), 'dfh')
      assert.equal(await scan('d'), 'fh')
      assert.equal(await scan('h'), '')
      assert.equal(await scan(undefined, 3), 'bdf')
      assert.equal(await scan('b', 1), 'd')
      assert.deepEqual(await log.scan('unknown store'), [])
    },
  },
  {
    name: 'a scan gives 1,000 entries where no limit is given, and goes through all of them page by page',
    run: async scene => {
      const { log, set } = await stored(scene)
      const keys = Array.from({ length: 2_345 }, (_, index) => String(index).padStart(5, '0'))
      await set(...keys.toReversed().map(key => [key, key] as const))
      assert.equal((await log.scan('sums')).length, 1_000)
      const found: string[] = []
      for (let page = await log.scan('sums'); page.length > 0; page = await log.scan('sums', found.at(-1))) found.push(...page.map(({ key }) => key))
      assert.deepEqual(found, keys)
    },
  },
  {
    name: 'stores do not mix; deleted ones are gone, and unknown names are passed over',
    run: async scene => {
      const { log, change } = await stored(scene)
      await change(['sums', 'sums2', 'su', ''].map(store => ({ store, key: 'k', value: JSON.stringify(store) })))
      assert.deepEqual(await log.scan('sums'), [{ key: 'k', value: '"sums"' }])
      await log.deleteStores(['sums', 'never existed'])
      assert.deepEqual(await log.scan('sums'), [])
      assert.deepEqual(await log.get('sums', ['k']), [])
      for (const store of ['sums2', 'su', '']) assert.deepEqual(await log.scan(store), [{ key: 'k', value: JSON.stringify(store) }])
    },
  },
  {
    name: 'state is seen by the next owner',
    run: async scene => {
      const { log, set, leave } = await stored(scene)
      await set(['a', '1'])
      await leave()
      await log.close()
      const next = await scene.open()
      await scene.own(next, ['orders'])
      assert.deepEqual(await next.scan('sums'), [{ key: 'a', value: '1' }])
    },
  },
]

async function stored(scene: Scene) {
  const log: Log = await scene.with('orders')
  const { held, membership } = await scene.own(log, ['orders'])
  const change = (changes: readonly StateChange[]) => commit(log, held, { state: changes })
  const set = (...entries: readonly (readonly [key: string, value: string | null])[]) => change(entries.map(([key, value]) => ({ store: 'sums', key, value })))
  return { log, change, set, leave: () => membership.leave() }
}

function byKey(entries: readonly StateEntry[]): readonly StateEntry[] {
  return entries.toSorted((left, right) => (left.key < right.key ? -1 : 1))
}
