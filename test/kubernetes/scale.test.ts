// What a queue costs the API, on the simulated cluster. 100,000 items: BATCHWORK_SCALE=100000 node --test test/kubernetes/scale.test.ts
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { rulesOfManager } from '../../src/queue/kubernetes/manager-manifests.ts'
import { SimulatedCluster } from './simulated/cluster.ts'
import { resources } from './simulated/objects.ts'
import { Starts, startManager } from './managers.ts'
import { image } from './queue.ts'

const items = Number(process.env['BATCHWORK_SCALE'] ?? 10_000)
const parallelism = 50
const rssMax = 300e6

test(`${items} items cost a few hundred objects, less than one write for 100 items, and a flat 300 MB, on the simulated cluster`, async t => {
  const starts = new Starts()
  let runningMax = 0
  await using cluster = await SimulatedCluster.start({ timeScale: 0.002, rules: rulesOfManager, images: { [image]: () => ({ exitCode: 0 }) }, onStart: starts.count })
  cluster.store.on(resources.pods, () => { runningMax = Math.max(runningMax, cluster.kubelet.runningNow) })
  const objects = new Set<string>()
  for (const resource of [resources.jobs, resources.configmaps, resources.leases]) cluster.store.on(resource, ({ type, object }) => { if (type === 'ADDED') objects.add(object.metadata.uid) })
  const { report, errors } = await startManager(cluster.kubeconfig, items, 1000, parallelism, 30).ended
  equal(errors, '')
  deepEqual([report!.counts.done, starts.wrong, starts.times.size], [items, [], items])
  const requests = [...cluster.api.requests]
  const sum = (test: (what: string) => boolean): number => requests.filter(([what]) => test(what)).reduce((total, [, count]) => total + count, 0)
  const writes = sum(what => /^(create|update|patch|delete) /.test(what))
  const all = sum(() => true)
  t.diagnostic(`${objects.size} objects, ${writes} writes, ${all} requests, manager ${Math.round(report!.rssMax / 1e6)} MB; per 1,000 items ${(objects.size / items * 1000).toFixed(1)} objects, ${(writes / items * 1000).toFixed(1)} writes, ${(all / items * 1000).toFixed(1)} requests`)
  t.diagnostic(requests.map(([what, count]) => `${what} ${count}`).join(', '))
  ok(objects.size <= items / 1000 * 2 + 10, `${objects.size} objects`)
  ok(writes <= items / 100, `${writes} writes`)
  ok(report!.rssMax < rssMax, `${report!.rssMax} bytes`)
  ok(runningMax <= parallelism, `${runningMax} pods at once`)
})
