// The executor with workers that really run: shell commands in pods. Also on a real cluster (place.ts).
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { numbered, TestQueue } from './queue.ts'
import { place, where } from './place.ts'
import type { ListedItem } from '../../src/queue/item-source.ts'
import type { KubernetesQueueOptions } from '../../src/queue/kubernetes/kubernetes-options.ts'

async function outcome(items: readonly ListedItem[], options: Partial<KubernetesQueueOptions>): Promise<{ readonly done: number; readonly failures: Record<string, string> }> {
  await using at = await place()
  await using queue = await TestQueue.open(at.kubeconfig, items, { name: at.name, image: at.image, ...options })
  await queue.start()
  await queue.takeAll()
  await queue.settled(items.length)
  return { done: queue.executor.counts.done, failures: await queue.failures() }
}

test(`${where}, a worker finds its item as one JSON document in WORK_ITEM_FILE, and nobody else's`, async () => {
  const command = `
    [ "$(cat "$WORK_ITEM_FILE")" = "{\\"number\\":$JOB_COMPLETION_INDEX}" ] || { echo "not my item: $(cat "$WORK_ITEM_FILE")"; exit 65; }
    [ "$(ls -d "$WORK_ITEM_FILE"* | wc -l)" -eq 1 ] || { echo 'more than one item'; exit 65; }`
  deepEqual(await outcome(numbered(5), { workers: [{ command }] }), { done: 5, failures: {} })
})

test(`${where}, exit code 65 fails an item at once, with what the worker wrote last`, async () => {
  const { done, failures } = await outcome(numbered(4), { workers: [{ command: 'grep -q 2 "$WORK_ITEM_FILE" || exit 0; echo "item 2 is broken"; exit 65' }] })
  equal(done, 3)
  deepEqual(failures, { 'item-2': 'permanent failure (exit code 65) after 1: item 2 is broken' })
})

test(`${where}, any other exit code is tried again as often as was asked for`, async () => {
  const { done, failures } = await outcome(numbered(3), { attempts: 2, workers: [{ command: 'grep -q 1 "$WORK_ITEM_FILE" && exit 9; exit 0' }] })
  equal(done, 2)
  match(failures['item-1']!, /^exit code 9 after \d/)
})

test(`${where}, workers in order see what the one before left, and the item where it left nothing`, async () => {
  const workers = [
    { command: 'sed s/number/count/ "$WORK_ITEM_FILE" > "$WORK_RESULT_FILE"' },
    { command: 'true' },
    { command: 'grep -q count "$WORK_ITEM_FILE" || { cat "$WORK_ITEM_FILE"; exit 65; }' },
  ]
  deepEqual(await outcome(numbered(3), { workers }), { done: 3, failures: {} })
})

test(`${where}, a failure of a worker before the last is the item's`, async () => {
  const { failures } = await outcome(numbered(1), { workers: [{ command: 'echo no; exit 65' }, { command: 'true' }] })
  deepEqual(failures, { 'item-0': 'permanent failure (exit code 65) after 1: no' })
})

test(`${where}, several items run in one pod one after another, and only what failed runs again`, async () => {
  const command = 'case "$(cat "$WORK_ITEM_FILE")" in *:3}) exit 65;; *:5}) exit 1;; esac'
  const { done, failures } = await outcome(numbered(10), { itemsPerPod: 4, attempts: 2, workers: [{ command }] })
  equal(done, 8)
  deepEqual(failures, { 'item-3': 'exit code 65 after 1', 'item-5': 'exit code 1 after 2' })
})

test(`${where}, a command reaches its shell as it was written`, async () => {
  const command = `[ "$$" -gt 0 ] && [ "$(echo a)" = a ] && [ "$GREETING" = '$(HOME) $$' ] && [ '$(JOB_COMPLETION_INDEX)' = "\\$(JOB_COMPLETION_INDEX)" ] || exit 65`
  deepEqual(await outcome(numbered(1), { workers: [{ command }], environment: { GREETING: '$(HOME) $$' } }), { done: 1, failures: {} })
})
