// `batchwork queue --executor kubernetes` as a user runs it, on the simulated cluster.
import { deepEqual, equal, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rulesOfManager } from '../../src/queue/kubernetes/manager-manifests.ts'
import { SimulatedCluster } from './simulated/cluster.ts'
import { Starts } from './managers.ts'
import { image } from './queue.ts'
import { resources } from './simulated/objects.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

async function run(folder: string, kubeconfig: string): Promise<{ readonly code: number; readonly output: string }> {
  const words = [main, 'queue', '--source', join(folder, 'items.jsonl'), '--executor', 'kubernetes', '--image', image, '--worker', 'grep -q 3 "$WORK_ITEM_FILE" && exit 65; exit 0', '--once', '--parallelism', '4', '--ttl', '1h']
  const { promise, resolve } = Promise.withResolvers<{ readonly code: number; readonly output: string }>()
  execFile(process.execPath, words, { cwd: folder, env: { ...process.env, KUBECONFIG: kubeconfig } }, (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }))
  return promise
}

test('the command line runs a list once, says what failed, and the second time starts nothing, on the simulated cluster', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-command-line-'))
  const starts = new Starts()
  await using cluster = await SimulatedCluster.start({ rules: rulesOfManager, images: { [image]: 'processes' }, onStart: starts.count })
  try {
    writeFileSync(join(folder, 'items.jsonl'), Array.from({ length: 5 }, (_, number) => JSON.stringify({ name: `item-${number}`, number })).join('\n'))
    const first = await run(folder, cluster.kubeconfig)
    deepEqual([first.code, starts.times.size], [2, 5], first.output)
    match(first.output, /4.*done/i)
    // One or two: the items come in as they are read.
    deepEqual(new Set(cluster.store.list(resources.jobs).map(job => job['spec'].ttlSecondsAfterFinished)), new Set([3_600]))
    const again = await run(folder, cluster.kubeconfig)
    equal(again.code, 2, again.output)
    deepEqual([...starts.times.values()], [1, 1, 1, 1, 1])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
