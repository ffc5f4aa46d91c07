// join: who owns which partitions, and whose commits are refused.
import assert from 'node:assert/strict'
import type { Log } from '../../log.ts'
import { FencedError, LogError } from '../../model/errors.ts'
import type { Check } from './check.ts'
import { Held } from './held.ts'
import { append, commit, type Owned, type Scene } from './scene.ts'

const id = { topic: 'orders', partition: 0 }

export const joining: readonly Check[] = [
  {
    name: 'the only member is assigned every partition of its topics, and no others',
    run: async scene => {
      const log = await scene.with('orders', 3)
      await log.createTopics([{ name: 'other', partitions: 2, subscriptions: [] }, { name: 'foreign', partitions: 2, subscriptions: [] }])
      const { held } = await scene.own(log, ['orders', 'other'])
      assert.deepEqual(held.keys, ['orders:0', 'orders:1', 'orders:2', 'other:0', 'other:1'])
      assert.deepEqual(held.faults, [])
    },
  },
  {
    name: 'who left and joins again is assigned all partitions, with a higher epoch, and its former epoch is refused',
    run: async scene => {
      const log = await scene.with('orders', 2)
      const first = await scene.own(log, ['orders'])
      await first.membership.leave()
      const second = await scene.own(log, ['orders'])
      assert.ok(second.held.epoch > first.held.epoch)
      await assertFenced(scene, log, first, second, log)
    },
  },
  {
    name: 'after the owner left, another process takes over with a higher epoch, and a late commit of the first is refused',
    run: async scene => {
      const { log, first } = await ownedOrders(scene)
      const other = await scene.open()
      await first.membership.leave()
      const second = await scene.own(other, ['orders'])
      assert.ok(second.held.epoch > first.held.epoch)
      await assertFenced(scene, log, first, second, other)
    },
  },
  {
    name: 'after the owner closed its log, another process takes over with a higher epoch',
    run: async scene => {
      const { log, first } = await ownedOrders(scene)
      await log.close()
      const second = await scene.own(await scene.open(), ['orders'])
      assert.ok(second.held.epoch > first.held.epoch)
    },
  },
  {
    name: 'after the owner was killed, another process takes over with a higher epoch and sees what was committed',
    needs: ['crash'],
    run: async scene => {
      const { log, first } = await ownedOrders(scene)
      await commit(log, first.held, { appends: [append(id, 'committed')], progress: [{ ...id, subscription: 'billing', mark: 3, done: [] }], state: [{ store: 'sums', key: 'k', value: '1' }] })
      await scene.fixture.crash!(log)
      const other = await scene.open()
      const second = await scene.own(other, ['orders'])
      assert.ok(second.held.epoch > first.held.epoch)
      assert.deepEqual((await other.progress('billing')).map(({ mark }) => mark), [3])
      assert.deepEqual(await other.get('sums', ['k']), [{ key: 'k', value: '1' }])
      await scene.assertHolds(other, id, ['committed'])
    },
  },
  {
    name: 'an owner that was taken for dead cannot commit once another has taken over, even before it is told',
    needs: ['expel'],
    run: async scene => {
      const { log, first } = await ownedOrders(scene)
      const other = await scene.open()
      await scene.fixture.expel!(log)
      const second = await scene.own(other, ['orders'])
      await assertFenced(scene, log, first, second, other)
    },
  },
  {
    name: 'leaving twice is leaving once',
    run: async scene => {
      const { log, first } = await ownedOrders(scene)
      await first.membership.leave()
      const second = await scene.own(log, ['orders'])
      await first.membership.leave()
      await commit(log, second.held, { appends: [append(id, 'still a member')] })
      await scene.assertHolds(log, id, ['still a member'])
    },
  },
  {
    name: 'one process may join several groups: each commits with the epoch it was given, and goes on when another leaves',
    run: async scene => {
      const log = await scene.with('orders', 2)
      await log.createTopics([{ name: 'other', partitions: 1, subscriptions: [] }])
      const orders = await scene.own(log, ['orders'], 'a pipeline')
      const other = await scene.own(log, ['other'], 'another pipeline')
      await commit(log, orders.held, { appends: [append(id, 1)] })
      await commit(log, other.held, { appends: [append(id, 2)] })
      await other.membership.leave()
      await commit(log, orders.held, { appends: [append(id, 3)] })
      await scene.assertHolds(log, id, [1, 2, 3])
    },
  },
  {
    name: 'a second process shares the partitions or is refused with LogError LOCKED, and the first goes on',
    run: async scene => {
      const { log, first } = await ownedOrders(scene)
      const other = await scene.open()
      const held = new Held()
      const refusal = await other.join('group', ['orders'], held).then(() => undefined, (error: Error) => error)
      if (refusal) assert.ok(refusal instanceof LogError && refusal.code === 'LOCKED', `expected LogError LOCKED, got ${refusal.stack}`)
      else await scene.eventually('the second member has a share', () => held.partitions.length > 0 && first.held.epoch === held.epoch)
      await commit(log, first.held, { appends: [append(id, 'goes on')] })
      await scene.assertHolds(other, id, ['goes on'])
    },
  },
  {
    name: 'members share all partitions, each with one owner at a time, and all are given the epoch of each change',
    needs: ['share a group'],
    run: async scene => {
      const { log, first } = await ownedOrders(scene, 8)
      const former = first.held.epoch
      const [second, third] = [await memberOf(await scene.open()), await memberOf(await scene.open())]
      const all = [first, second, third]
      await scene.eventually('every partition has an owner', () => isShared(all, 8))
      assert.ok(all.every(({ held }) => held.epoch > former))
      assert.ok(all.every(({ held }) => held.partitions.length >= 2), `8 partitions among 3 are ${all.map(({ held }) => held.partitions.length).join(', ')}`)
      await second.membership.leave()
      await scene.eventually('the two that are left have all', () => isShared([first, third], 8))
      for (const { held } of all) {
        assert.deepEqual(held.faults, [])
        assert.deepEqual(held.epochs, held.epochs.toSorted((left, right) => left - right), 'epochs rise')
      }
      await assert.rejects(log.commit({ epoch: former, appends: [append(id, 'late')], progress: [], state: [] }), FencedError)
      await commit(log, first.held, { appends: [append(id, 'in time')] })
      await scene.assertHolds(log, id, ['in time'])
    },
  },
  {
    name: 'a member is given none but the partitions it takes, and those that nobody takes have no owner',
    needs: ['share a group'],
    run: async scene => {
      const { log, first } = await ownedOrders(scene, 4)
      const picky = await memberOf(await scene.open(), new Picky([1, 3]))
      await scene.eventually('each has two', () => isShared([first, picky], 4) && picky.held.partitions.length === 2)
      assert.deepEqual(picky.held.keys, ['orders:1', 'orders:3'])
      const owned = async () => (await log.ownedIn!('group')).map(({ topic, partition }) => `${topic}:${partition}`).toSorted()
      assert.deepEqual(await owned(), ['orders:0', 'orders:1', 'orders:2', 'orders:3'])
      await first.membership.leave()
      await scene.eventually('the other has a newer epoch', () => picky.held.epoch > first.held.epoch)
      assert.deepEqual(picky.held.keys, ['orders:1', 'orders:3'])
      assert.deepEqual(await owned(), ['orders:1', 'orders:3'])
    },
  },
  {
    name: 'a member that keeps its partitions goes on with the epoch it has while others come and go',
    needs: ['share a group'],
    run: async scene => {
      const { log, first } = await ownedOrders(scene, 1)
      const { epoch } = first.held
      for (let round = 0; round < 3; round++) {
        const other = await memberOf(await scene.open())
        await log.commit({ epoch, appends: [append(id, `with another, ${round}`)], progress: [], state: [] })
        await scene.eventually('the other has its epoch', () => other.held.epoch > epoch)
        assert.deepEqual(other.held.partitions, [])
        await other.membership.leave()
      }
      await log.commit({ epoch, appends: [append(id, 'alone')], progress: [], state: [] })
      await scene.assertHolds(log, id, ['with another, 0', 'with another, 1', 'with another, 2', 'alone'])
    },
  },
]

async function ownedOrders(scene: Scene, partitions = 2): Promise<{ readonly log: Log; readonly first: Owned }> {
  const log = await scene.with('orders', partitions)
  return { log, first: await scene.own(log, ['orders']) }
}

class Picky extends Held {
  readonly takesOnly: ReadonlyMap<string, readonly number[]>

  constructor(partitions: readonly number[]) {
    super()
    this.takesOnly = new Map([['orders', partitions]])
  }
}

async function memberOf(log: Log, held = new Held()): Promise<Owned> {
  return { held, membership: await log.join('group', ['orders'], held) }
}

function isShared(members: readonly Owned[], partitions: number): boolean {
  const owned = members.flatMap(({ held }) => held.keys)
  return owned.length === partitions && new Set(owned).size === partitions && members.every(({ held }) => held.epoch === members[0]!.held.epoch)
}

async function assertFenced(scene: Scene, log: Log, former: Owned, owner: Owned, ownersLog: Log): Promise<void> {
  const late = { epoch: former.held.epoch, appends: [append(id, 'late')], progress: [{ ...id, subscription: 'billing', mark: 9, done: [] }], state: [{ store: 'sums', key: 'late', value: '1' }] }
  await assert.rejects(log.commit(late), FencedError)
  await commit(ownersLog, owner.held, { appends: [append(id, 'in time')] })
  assert.deepEqual(await ownersLog.progress('billing'), [])
  assert.deepEqual(await ownersLog.get('sums', ['late']), [])
  await scene.assertHolds(ownersLog, id, ['in time'])
}
