// Two managers: one at a time acts, and what a killed or slow one still has under way starts nothing. On the simulated cluster, for it has to hold
// requests back.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedCluster } from './simulated/cluster.ts'
import { resources } from './simulated/objects.ts'
import type { Target } from './simulated/requests.ts'
import { Starts, startManager } from './managers.ts'
import { image, numbered, TestQueue } from './queue.ts'

const items = 12

/** Holds the first request of this kind until it is released. */
class Held {
  readonly arrived = Promise.withResolvers<void>()
  readonly done = Promise.withResolvers<void>()
  readonly #released = Promise.withResolvers<void>()
  readonly #what: string
  #isTaken = false
  #isReleased = false

  constructor(what: string) {
    this.#what = what
  }

  readonly hook = async ({ verb, resource, name }: Target, when: 'before' | 'after'): Promise<void> => {
    if (`${verb} ${resource.plural}` !== this.#what || name.includes('record')) return
    if (when === 'after') return this.#isReleased ? this.done.resolve() : undefined
    if (this.#isTaken) return
    this.#isTaken = true
    this.arrived.resolve()
    await this.#released.promise
  }

  release(): void {
    this.#isReleased = true
    this.#released.resolve()
  }
}

/** As a manager does with what is recorded, once there is enough of it: the ConfigMaps go, and with them their Jobs. */
async function removeChunks(cluster: SimulatedCluster): Promise<void> {
  for (const { metadata } of cluster.store.list(resources.configmaps)) if (!metadata.name.includes('record')) cluster.store.delete(resources.configmaps, metadata.name)
  await none(cluster, 'jobs')
  await none(cluster, 'pods')
}

async function none(cluster: SimulatedCluster, plural: 'jobs' | 'pods'): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const check = (): void => void (cluster.store.count(resources[plural]) === 0 && resolve())
  const stop = cluster.store.on(resources[plural], check)
  check()
  await promise
  stop()
}

for (const request of ['create jobs', 'create configmaps'] as const) {
  test(`'${request}' of a killed manager that arrives after all is done and removed starts nothing, on the simulated cluster`, async () => {
    const held = new Held(request)
    const starts = new Starts()
    await using cluster = await SimulatedCluster.start({ timeScale: 0.002, images: { [image]: () => ({ exitCode: 0 }) }, onStart: starts.count, onRequest: held.hook })
    const first = startManager(cluster.kubeconfig, items, 4, 4)
    await held.arrived.promise
    first.child.kill('SIGKILL')
    await first.ended
    const second = await startManager(cluster.kubeconfig, items, 4, 4).ended
    equal(second.report?.counts.done, items)
    await removeChunks(cluster)
    held.release()
    await held.done.promise
    const third = await startManager(cluster.kubeconfig, items, 4, 4).ended
    equal(third.report?.counts.taken, items)
    await none(cluster, 'jobs')
    deepEqual([starts.wrong, starts.times.size], [[], items])
  })
}

test('the claim of a manager that was taken over from is dropped, for its items are in other chunks, on the simulated cluster', { timeout: 30_000 }, async () => {
  const held = new Held('create configmaps')
  const starts = new Starts()
  await using cluster = await SimulatedCluster.start({ images: { [image]: () => ({ exitCode: 0 }) }, onStart: starts.count, onRequest: held.hook })
  await using slow = await TestQueue.open(cluster.kubeconfig, numbered(items), { parallelism: 4 })
  await slow.start()
  const taking = slow.takeAll()
  await held.arrived.promise
  // As if the slow one had not been heard of for the lease's whole duration.
  const lease = cluster.store.get(resources.leases, 'queue')
  cluster.store.update(resources.leases, { ...lease, spec: { ...lease.spec, holderIdentity: 'elsewhere_1_0' } })
  const other = startManager(cluster.kubeconfig, items, 1000, 4, 2)
  equal((await other.ended).report?.counts.done, items)
  held.release()
  await taking
  await slow.until(() => slow.errors.length > 0).catch(() => {})
  match(String(slow.errors[0]), /another manager took over/)
  const third = await startManager(cluster.kubeconfig, items, 1000, 4).ended
  equal(third.report?.counts.taken, items)
  deepEqual([starts.wrong, starts.times.size], [[], items])
})

test('of two managers at once one waits for the other, and takes up what it left, on the simulated cluster', async () => {
  const starts = new Starts()
  const go = Promise.withResolvers<void>()
  await using cluster = await SimulatedCluster.start({ images: { [image]: async () => { await go.promise; return { exitCode: 0 } } }, onStart: starts.count })
  const first = startManager(cluster.kubeconfig, items, 4, 20)
  const second = startManager(cluster.kubeconfig, items, 4, 20)
  go.resolve()
  const ends = await Promise.all([first.ended, second.ended])
  deepEqual(ends.map(({ report }) => report?.counts.done), [items, items])
  deepEqual([starts.wrong, starts.times.size], [[], items])
  equal(cluster.api.requests.get('create jobs'), 3)
})

test('a manager that is gone without a word is taken over from when its lease has run out, on the simulated cluster', async () => {
  const starts = new Starts()
  await using cluster = await SimulatedCluster.start({ images: { [image]: () => ({ exitCode: 0 }) }, onStart: starts.count })
  cluster.store.create(resources.leases, {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'queue', namespace: 'batch' } as never,
    spec: { holderIdentity: 'elsewhere_1_0', leaseDurationSeconds: 1, leaseTransitions: 6, renewTime: '2020-01-01T00:00:00.000000Z' },
  })
  await using queue = await TestQueue.open(cluster.kubeconfig, numbered(3))
  await queue.start()
  ok(queue.messages.some(message => message.includes('another manager')))
  await queue.takeAll()
  await queue.settled(3)
  equal(cluster.store.get(resources.leases, 'queue').spec.leaseTransitions, 7)
})
