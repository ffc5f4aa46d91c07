// Managers killed at API requests, on the simulated cluster: before a request is done, and after it is done but before the manager hears of it.
// BATCHWORK_KILL_SEEDS=200 node --test test/kubernetes/kill.test.ts takes more seeds than the suite does.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedCluster } from './simulated/cluster.ts'
import type { Target } from './simulated/requests.ts'
import { Faults } from './simulated/faults.ts'
import { rulesOfManager } from '../../src/queue/kubernetes/manager-manifests.ts'
import { Starts, startManager, type ManagerEnd } from './managers.ts'
import { image } from './queue.ts'

const items = 40
const itemsPerJob = 8
const seeds = Number(process.env['BATCHWORK_KILL_SEEDS'] ?? 2)
const requestsMax = 30
const managersMax = 200

for (let seed = 1; seed <= seeds; seed++) {
  test(`managers killed at one request after another start no item twice and lose none, on the simulated cluster, seed ${seed}`, async () => {
    const random = new Faults({}, seed)
    const starts = new Starts()
    const kill = { countdown: 0, when: 'before' as 'before' | 'after', child: undefined as ReturnType<typeof startManager>['child'] | undefined, kills: 0 }
    const onRequest = (_: Target, when: 'before' | 'after'): void => {
      if (when !== kill.when || --kill.countdown !== 0) return
      kill.kills++
      kill.child?.kill('SIGKILL')
    }
    await using cluster = await SimulatedCluster.start({ rules: rulesOfManager, images: { [image]: () => ({ exitCode: 0 }) }, onStart: starts.count, onRequest })
    let end: ManagerEnd = { report: undefined, errors: '' }
    for (let manager = 0; end.report === undefined; manager++) {
      ok(manager < managersMax, `no manager came to the end: ${end.errors}`)
      kill.countdown = 1 + Math.floor(random.random() * requestsMax)
      kill.when = random.random() < 0.5 ? 'before' : 'after'
      const { child, ended } = startManager(cluster.kubeconfig, items, itemsPerJob, 4)
      kill.child = child
      end = await ended
      equal(end.errors, '')
    }
    deepEqual(starts.wrong, [])
    equal(starts.times.size, items)
    equal(end.report.counts.done, items)
  })
}

test('at every single request of its life a manager can be killed, on the simulated cluster', { skip: process.env['BATCHWORK_KILL_SEEDS'] === undefined ? 'takes five minutes: set BATCHWORK_KILL_SEEDS' : false }, async () => {
  for (let at = 1, isReached = true; isReached; at++) {
    for (const killWhen of ['before', 'after'] as const) {
      const starts = new Starts()
      let count = 0
      let first: ReturnType<typeof startManager> | undefined
      const onRequest = (_: Target, when: 'before' | 'after'): void => void (when === killWhen && ++count === at && first!.child.kill('SIGKILL'))
      await using cluster = await SimulatedCluster.start({ rules: rulesOfManager, images: { [image]: () => ({ exitCode: 0 }) }, onStart: starts.count, onRequest })
      first = startManager(cluster.kubeconfig, items, itemsPerJob, 4)
      isReached = (await first.ended).report === undefined
      const { report, errors } = isReached ? await startManager(cluster.kubeconfig, items, itemsPerJob, 4).ended : await first.ended
      deepEqual([errors, starts.wrong, starts.times.size, report?.counts.done], ['', [], items, items], `killed ${killWhen} request ${at}`)
    }
  }
})
