// commit: all or nothing.
import assert from 'node:assert/strict'
import type { Append, Commit, Log } from '../../log.ts'
import { FencedError, LogError } from '../../model/errors.ts'
import type { Check } from './check.ts'
import { append, commit, readToEnd, uniqueAppend, valuesOf, type Owned, type Scene } from './scene.ts'

const [left, right] = [{ topic: 'orders', partition: 0 }, { topic: 'orders', partition: 1 }]
const rounds = 40

export const committing: readonly Check[] = [
  {
    name: 'a commit stores what is appended, the progress made and the state changed',
    run: async scene => {
      const { log, held } = await ownedOrders(scene)
      const made = { ...left, subscription: 'billing', mark: 7, done: [[9, 12], [20, 21]] as const, note: '{"at":3}' }
      await commit(log, held, { appends: [append(left, 'a'), append(right, 'b')], progress: [made], state: [{ store: 'sums', key: 'k', value: '1' }] })
      assert.deepEqual(await log.progress('billing'), [made])
      assert.deepEqual(await log.get('sums', ['k']), [{ key: 'k', value: '1' }])
      await scene.assertHolds(log, left, ['a'])
      await scene.assertHolds(log, right, ['b'])
    },
  },
  {
    name: 'a commit gives one result for each of its appends, in their order, and keeps that order within a partition',
    run: async scene => {
      const { log, held } = await ownedOrders(scene)
      await log.append(uniqueAppend(right, ['seen']))
      const appends = [append(left, 'a', 'b'), uniqueAppend(right, ['seen', 'new']), append(left, 'c'), append(right, 'd'), append(left, 'e', 'f', 'g')]
      const results = await commit(log, held, { appends })
      assert.deepEqual(results.map(({ duplicates }) => duplicates), [[], [0], [], [], []])
      const chunks = { 0: await scene.read(log, left, 6), 1: await scene.read(log, right, 3) }
      const found = results.map(({ offset }, index) => chunks[appends[index]!.partition as 0 | 1].find(chunk => chunk.offset === offset))
      assert.deepEqual(found.map(chunk => chunk && valuesOf([chunk])), [['a', 'b'], ['new'], ['c'], ['d'], ['e', 'f', 'g']])
      assert.deepEqual(valuesOf(chunks[0]), ['a', 'b', 'c', 'e', 'f', 'g'])
      assert.deepEqual(valuesOf(chunks[1]), ['seen', 'new', 'd'])
    },
  },
  {
    name: 'a commit may have any of its parts, or none',
    run: async scene => {
      const { log, held } = await ownedOrders(scene)
      assert.deepEqual(await commit(log, held, {}), [])
      assert.deepEqual(await commit(log, held, { state: [{ store: 'sums', key: 'k', value: '1' }] }), [])
      assert.deepEqual(await commit(log, held, { progress: [{ ...left, subscription: 'billing', mark: 1, done: [] }] }), [])
      assert.equal((await commit(log, held, { appends: [append(left, 'a')] })).length, 1)
      assert.deepEqual((await log.progress('billing')).map(({ mark }) => mark), [1])
      await scene.assertHolds(log, left, ['a'])
    },
  },
  ...refusals('an append to an unknown topic', [append({ topic: 'unknown', partition: 0 }, 'x')]),
  ...refusals('an append to a partition out of range', [append({ topic: 'orders', partition: 2 }, 'x')]),
  {
    name: 'a commit with an epoch nobody was given is refused, and nothing of it is visible',
    run: async scene => {
      const { log, held } = await ownedOrders(scene)
      const before = await commit(log, held, { appends: [append(left, 'before')], progress: [{ ...left, subscription: 'billing', mark: 1, done: [] }] })
      assert.equal(before.length, 1)
      for (const epoch of [held.epoch - 1, held.epoch + 1]) await assert.rejects(log.commit({ ...everything([]), epoch }), FencedError)
      await assertUntouched(scene, log, 'before')
      await commit(log, held, { state: [{ store: 'sums', key: 'k', value: 'the right epoch still commits' }] })
    },
  },
  {
    name: 'commits of one owner, sent at once, are stored in their order',
    run: async scene => {
      const { log, held } = await ownedOrders(scene)
      const numbers = Array.from({ length: 50 }, (_, number) => number)
      await Promise.all(numbers.map(number => commit(log, held, { appends: [append(left, number)], state: [{ store: 'sums', key: 'last', value: String(number) }] })))
      assert.deepEqual(await log.get('sums', ['last']), [{ key: 'last', value: '49' }])
      await scene.assertHolds(log, left, numbers)
    },
  },
  {
    name: 'within one partition nobody sees half a commit',
    run: scene => watchedCommits(scene, async reader => {
      const values = valuesOf(await reader.read(left, 0, { chunks: rounds * 4, bytes: 1e9 })) as number[]
      assert.equal(values.length % 2, 0, `a commit of two chunks shows both or none, but ${values.at(-1)} ends a read`)
      return values.at(-1) ?? -1
    }),
  },
  {
    name: 'who sees a part of a commit sees all of it, in every partition, progress and state included',
    needs: ['show together'],
    run: scene => watchedCommits(scene, async reader => {
      const [{ mark } = { mark: 0 }] = await reader.progress('billing')
      const seenLeft = (valuesOf(await readToEnd(reader, left)).at(-1) ?? -1) as number
      assert.ok(seenLeft >= mark - 1, `progress says ${mark} commits, but only ${seenLeft + 1} are readable`)
      const seenRight = (valuesOf(await readToEnd(reader, right)).at(-1) ?? -1) as number
      assert.ok(seenRight >= seenLeft, `commit ${seenLeft} is readable in one partition, but the other ends with ${seenRight}`)
      const [entry] = await reader.get('sums', ['last'])
      assert.ok(Number(entry?.value ?? -1) >= seenRight, `commit ${seenRight} is readable, but the state is that of ${entry?.value}`)
      return Number(entry?.value ?? -1)
    }),
  },
  {
    name: 'a commit of 8 MB is stored as a whole',
    run: async scene => {
      const { log, held } = await ownedOrders(scene)
      const large = 'x'.repeat(2_000_000)
      await commit(log, held, { appends: [0, 1, 2, 3].map(number => append(left, `${number}${large}`)), state: [{ store: 'sums', key: 'k', value: JSON.stringify(large) }] })
      const chunks = await scene.read(log, left, 4)
      assert.deepEqual(valuesOf(chunks).map(value => `${(value as string)[0]}/${(value as string).length}`), [0, 1, 2, 3].map(number => `${number}/2000001`))
      assert.equal((await log.get('sums', ['k']))[0]!.value.length, 2_000_002)
    },
  },
  {
    name: 'a commit under way when its process is killed is stored as a whole or not at all',
    needs: ['crash'],
    run: async scene => {
      const { log, held } = await ownedOrders(scene)
      const numbers = Array.from({ length: 20 }, (_, number) => number)
      let acknowledged = -1
      const sent = numbers.map(number => commit(log, held, { ...everything([append(left, number)]), progress: [{ ...left, subscription: 'billing', mark: number + 1, done: [] }] }))
      sent.forEach((made, number) => made.then(() => (acknowledged = number), () => {}))
      await Promise.race([sent[4], scene.pass(50)])
      await scene.fixture.crash!(log)
      const seenByThen = acknowledged
      const after = await scene.open()
      await takeOver(scene, after)
      const [{ mark } = { mark: 0 }] = await after.progress('billing')
      assert.ok(mark > seenByThen, `commit ${seenByThen} was acknowledged, but progress is ${mark}`)
      await scene.assertHolds(after, left, numbers.slice(0, mark))
      await scene.assertHolds(after, right, numbers.slice(0, mark).map(() => 'everything'))
    },
  },
]

function refusals(what: string, invalid: readonly Append[]): readonly Check[] {
  return [true, false].map(isLast => ({
    name: `a commit with ${what} is refused, and nothing of it is visible${isLast ? '' : ', whatever comes after it'}`,
    run: async scene => {
      const { log, held } = await ownedOrders(scene)
      const fresh = invalid.map(({ topic, partition }) => append({ topic, partition }, 'x'))
      const refused = everything(isLast ? [uniqueAppend(left, ['id']), ...fresh] : [...fresh, uniqueAppend(left, ['id'])])
      await assert.rejects(log.commit({ ...refused, epoch: held.epoch }), LogError)
      assert.deepEqual((await log.append(uniqueAppend(left, ['id']))).duplicates, [], 'ids of a refused commit were not seen')
      await assertUntouched(scene, log, 'id')
    },
  }))
}

function everything(appends: readonly Append[]): Omit<Commit, 'epoch'> {
  return {
    appends: [...appends, append(right, 'everything')],
    progress: [{ ...left, subscription: 'billing', mark: 100, done: [] }],
    state: [{ store: 'sums', key: 'everything', value: '1' }],
  }
}

async function assertUntouched(scene: Scene, log: Log, ...expected: readonly unknown[]): Promise<void> {
  await scene.assertHolds(log, left, expected)
  await scene.assertHolds(log, right, [])
  assert.ok((await log.progress('billing')).every(({ mark }) => mark < 100))
  assert.deepEqual(await log.get('sums', ['everything']), [])
}

async function ownedOrders(scene: Scene): Promise<Owned & { readonly log: Log }> {
  const log = await scene.with('orders', 2)
  return { log, ...await scene.own(log, ['orders']) }
}

/** An engine may take its time to notice that an owner is gone. */
async function takeOver(scene: Scene, log: Log): Promise<void> {
  await scene.eventually('another process takes over', () => scene.own(log, ['orders']).then(() => true, error => {
    if (!(error instanceof LogError && error.code === 'LOCKED')) throw error
    return false
  }))
}

/** `look` reads from another process while commits are made, and says how many it has seen. */
async function watchedCommits(scene: Scene, look: (reader: Log) => Promise<number>): Promise<void> {
  const { log, held } = await ownedOrders(scene)
  const reader = await scene.open()
  const looking = (async () => { while ((await look(reader)) < rounds - 1) await scene.pass(0) })()
  const making = (async () => {
    for (let round = 0; round < rounds; round++) {
      const progress = [{ ...left, subscription: 'billing', mark: round + 1, done: [] }]
      await commit(log, held, { appends: [append(left, round), append(left, round), append(right, round)], progress, state: [{ store: 'sums', key: 'last', value: String(round) }] })
    }
  })()
  await Promise.all([looking, making])
}
