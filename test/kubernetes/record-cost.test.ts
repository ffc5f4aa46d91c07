// What the record of many items costs, on the simulated cluster: objects, bytes, and the time a manager needs to read it when it starts.
// BATCHWORK_RECORD=1000000 node --test test/kubernetes/record-cost.test.ts
import { equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { KubernetesApi } from '../../src/queue/kubernetes/api.ts'
import { connect } from '../../src/queue/kubernetes/connection.ts'
import { ChunkRecord } from '../../src/queue/kubernetes/record.ts'
import { rulesOfManager } from '../../src/queue/kubernetes/manager-manifests.ts'
import { SimulatedCluster } from './simulated/cluster.ts'
import { resources } from './simulated/objects.ts'
import { numbered, TestQueue } from './queue.ts'

const items = Number(process.env['BATCHWORK_RECORD'] ?? 20_000)
const itemsPerChunk = 1000

/** The worst a name of 36 characters can be: random. */
function uuidOf(index: number): string {
  return createHash('sha256').update(String(index)).digest('hex').slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

for (const [what, nameOf, bytesEach] of [['counted', (index: number) => `videos/2026/clip-${index}.mp4`, 1], ['random', uuidOf, 30]] as const) {
  test(`${items} items with ${what} names are recorded within the API's limits and known again, on the simulated cluster`, async t => {
    await using cluster = await SimulatedCluster.start({ rules: rulesOfManager })
    process.env['KUBECONFIG'] = cluster.kubeconfig
    const stop = new AbortController()
    const record = new ChunkRecord(new KubernetesApi(await connect(undefined), stop.signal, () => {}), 'queue')
    const writingSince = performance.now()
    for (let first = 0; first < items; first += itemsPerChunk) {
      const names = Array.from({ length: Math.min(itemsPerChunk, items - first) }, (_, index) => nameOf(first + index))
      await record.write(`queue-1-${first / itemsPerChunk + 1}`, { names, failed: [{ index: 3, reason: 'exit code 1', message: 'no such codec', attempts: 3 }], released: [], retried: 2 })
    }
    const wroteMs = performance.now() - writingSince
    const maps = cluster.store.list(resources.configmaps)
    const bytes = maps.flatMap(map => Object.values<string>(map['binaryData'])).reduce((sum, text) => sum + Buffer.byteLength(text, 'base64'), 0)
    const readingSince = performance.now()
    await using queue = await TestQueue.open(cluster.kubeconfig, numbered(0))
    await queue.start()
    t.diagnostic(`${maps.length} ConfigMaps, ${bytes} bytes (${(bytes / items).toFixed(2)} an item), written in ${Math.round(wroteMs)} ms, read at the start in ${Math.round(performance.now() - readingSince)} ms, ${Math.round(process.memoryUsage.rss() / 1e6)} MB with the simulated cluster`)
    const probe = [nameOf(0), nameOf(items - 1), 'never seen']
    equal([...await queue.executor.known(probe)].join(), probe.slice(0, 2).join())
    const { taken, failed } = queue.executor.counts
    equal(`${taken} ${failed}`, `${items} ${Math.ceil(items / itemsPerChunk)}`)
    ok(bytes < items * bytesEach, `${bytes} bytes`)
    stop.abort()
  })
}
