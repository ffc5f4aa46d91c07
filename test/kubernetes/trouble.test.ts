// What goes wrong around a queue's manager, on the simulated cluster: faults by seed, watches that are too old, an API server that is away, quota,
// pod security, pods that cannot start.
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { rulesOfManager } from '../../src/queue/kubernetes/manager-manifests.ts'
import { SimulatedCluster, type ClusterOptions } from './simulated/cluster.ts'
import { calm } from './simulated/faults.ts'
import { resources } from './simulated/objects.ts'
import { Starts } from './managers.ts'
import { image, numbered, TestQueue } from './queue.ts'

const works = { [image]: () => ({ exitCode: 0 }) }

async function cluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  return SimulatedCluster.start({ images: works, rules: rulesOfManager, ...options })
}

for (const seed of [2, 3]) {
  test(`slow, lost and refused answers, broken watches and evicted pods lose no item and cost no attempt, on the simulated cluster, seed ${seed}`, async () => {
    const starts = new Starts()
    await using place = await cluster({ seed, onStart: starts.count, rates: { slow: 0.1, slowMsMax: 20, refuse: 0.1, loseAnswer: 0.1, breakWatch: 0.05, evict: 0.1 } })
    await using queue = await TestQueue.open(place.kubeconfig, numbered(60), { itemsPerJob: 20, attempts: 1 })
    await queue.start()
    await queue.takeAll()
    await queue.settled(60)
    deepEqual([queue.executor.counts.done, starts.wrong, queue.errors], [60, [], []])
    for (const fault of ['refuse', 'loseAnswer', 'evict']) equal(place.faults.fired[fault]! > 0, true, `${fault} never fired`)
    place.faults.rates = calm
  })
}

test('a second pod for an index settles its item once, on the simulated cluster', async () => {
  await using place = await cluster({ rates: { double: 0.3 }, seed: 5 })
  await using queue = await TestQueue.open(place.kubeconfig, numbered(40))
  await queue.start()
  await queue.takeAll()
  await queue.settled(40)
  deepEqual([queue.executor.counts.done, queue.executor.counts.taken, place.faults.fired['double']! > 0], [40, 40, true])
})

test('a watch that is too old is begun anew from a list, on the simulated cluster', async () => {
  const go = Promise.withResolvers<void>()
  await using place = await cluster({ images: { [image]: async () => { await go.promise; return { exitCode: 0 } } } })
  await using queue = await TestQueue.open(place.kubeconfig, numbered(30), { itemsPerJob: 10, parallelism: 30 })
  await queue.start()
  await queue.takeAll()
  await queue.until(({ inFlight }) => inFlight === 30)
  const listsBefore = place.api.requests.get('list jobs')!
  place.api.setDown(true)
  go.resolve()
  while (place.kubelet.runningNow > 0) await new Promise(setImmediate)
  place.store.compact()
  place.api.setDown(false)
  await queue.settled(30)
  equal(place.api.requests.get('list jobs')! > listsBefore, true)
})

test('while the API server is away pods go on, the user is told, and the queue goes on afterwards, on the simulated cluster', async () => {
  const starts = new Starts()
  await using place = await cluster({ onStart: starts.count })
  await using queue = await TestQueue.open(place.kubeconfig, numbered(30), { itemsPerJob: 10 })
  await queue.start()
  place.api.setDown(true)
  const taking = queue.takeAll()
  await queue.hears('does not answer')
  place.api.setDown(false)
  await queue.hears('answers again')
  await taking
  await queue.settled(30)
  deepEqual([starts.wrong, queue.errors], [[], []])
})

for (const [what, options, expected] of [
  ['an image that cannot be had', { image: 'example.org/missing:1' }, /cannot start \(ImagePullBackOff\).*check --image/],
  ['a node that is not there', { cpu: 1000 }, /no node can take its pod \(Unschedulable\).*Insufficient cpu/],
] as const) {
  test(`${what} is told, on the simulated cluster`, async () => {
    await using place = await cluster()
    await using queue = await TestQueue.open(place.kubeconfig, numbered(2), { ...options, lookAfterMs: 20 })
    await queue.start()
    await queue.takeAll()
    await queue.hears('queue-1-1-')
    match(queue.messages.join('\n'), expected)
    equal(queue.messages.length, 1)
  })
}

test('pods that pod security refuses are told, though their Job was created, on the simulated cluster', async () => {
  await using place = await cluster()
  const refused = place.store.on(resources.jobs, ({ type, object }) => {
    if (type === 'ADDED') object.spec.template.spec.containers[0].securityContext = {}
  })
  await using queue = await TestQueue.open(place.kubeconfig, numbered(1))
  await queue.start()
  await queue.takeAll()
  await queue.hears('cannot be created (FailedCreate)')
  refused()
})

test('where the quota is full the user is told and the Job waits, on the simulated cluster', async () => {
  await using place = await cluster({ jobsMax: 0 })
  await using queue = await TestQueue.open(place.kubeconfig, numbered(1))
  await queue.start()
  await queue.takeAll()
  await queue.hears('exceeded quota')
  deepEqual(queue.errors, [])
})

test('a right that is missing is an error that says what to apply, on the simulated cluster', async () => {
  await using place = await cluster({ rules: rulesOfManager.filter(({ resources: [name] }) => name !== 'leases') })
  await using queue = await TestQueue.open(place.kubeconfig, numbered(1))
  const error = await queue.start().then(() => undefined, (refusal: unknown) => refusal)
  match(String(error), /403 Forbidden.*batchwork queue manifests/)
})

test('a paused queue suspends its Jobs, and goes on where it was, on the simulated cluster', async () => {
  await using place = await cluster({ timeScale: 0.02 })
  await using queue = await TestQueue.open(place.kubeconfig, numbered(40), { parallelism: 4 })
  await queue.start()
  await queue.takeAll()
  await queue.until(({ done }) => done > 4)
  queue.executor.setPaused(true)
  await queue.until(({ inFlight }) => inFlight === 0)
  equal(place.store.list(resources.jobs).every(job => job.spec.suspend), true)
  queue.executor.setPaused(false)
  await queue.settled(40)
})

test('a Job that somebody removed before it was recorded is made again, on the simulated cluster', async () => {
  const go = Promise.withResolvers<void>()
  await using place = await cluster({ images: { [image]: async () => { await go.promise; return { exitCode: 0 } } } })
  await using queue = await TestQueue.open(place.kubeconfig, numbered(5))
  await queue.start()
  await queue.takeAll()
  await queue.until(({ inFlight }) => inFlight === 5)
  place.store.delete(resources.jobs, place.store.list(resources.jobs)[0]!.metadata.name)
  await queue.hears('was removed before it was recorded')
  go.resolve()
  await queue.settled(5)
})

test('with a time to live the cluster removes Jobs whose items are recorded, and the next manager starts none of them again, on the simulated cluster', async () => {
  const starts = new Starts()
  await using place = await cluster({ onStart: starts.count })
  {
    await using queue = await TestQueue.open(place.kubeconfig, numbered(20), { itemsPerJob: 10, ttlSeconds: 1 })
    await queue.start()
    await queue.takeAll()
    await queue.settled(20)
    while (place.store.list(resources.jobs).length > 0) await setTimeout(5)
  }
  await using next = await TestQueue.open(place.kubeconfig, numbered(21), { itemsPerJob: 10, ttlSeconds: 1 })
  await next.start()
  await next.takeAll()
  await next.settled(21)
  deepEqual([next.executor.counts.done, starts.wrong, next.errors], [21, [], []])
})
