import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openRun } from '../../src/client/run-pipeline.ts'
import { realClock } from '../../src/client/real-clock.ts'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import type { ItemSource, ListedItem } from '../../src/queue/item-source.ts'
import { ItemGoneError } from '../../src/queue/item-gone-error.ts'
import { ProcessExecutor, type ProcessQueueOptions } from '../../src/queue/processes/process-executor.ts'
import { resultFile } from '../../src/queue/processes/result-folder.ts'
import { WorkQueue } from '../../src/queue/work-queue.ts'
import { gathered } from './gathered.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'batchwork-queue-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Items as they are listed; those without data are read by `read`. */
function sourceOf(items: readonly ListedItem[], read: ItemSource['read'] = async name => ({ name })): ItemSource {
  return {
    description: 'items at hand', isSpent: true, read, close: async () => {},
    list: async function* () {
      yield items
    },
  }
}

interface Worked {
  readonly counts: ProcessExecutor['counts']
  readonly failures: readonly { readonly name: string; readonly reason: string; readonly message: string }[]
  readonly messages: readonly string[]
  readonly result: (name: string) => any
}

async function workOn(t: TestContext, source: ItemSource, options: Partial<ProcessQueueOptions> & { readonly workers: readonly string[] }, place = folder(t)): Promise<Worked> {
  const log = await openEmbedded(join(place, 'store'))
  const messages: string[] = []
  const executor = new ProcessExecutor({
    name: 'queue', log, clock: realClock, parallelism: 4, parallelismMax: 4, attempts: 1, environment: {},
    workFolder: join(place, 'work'), resultFolder: join(place, 'results'),
    begin: (pipeline, begin) => openRun(log, pipeline, { isEndless: true, ...begin, environment: {} }), ...options,
  })
  const queue = new WorkQueue({ source, executor, clock: realClock, parallelism: options.parallelism ?? 4, pollMs: 100, once: true, onMessage: ({ message }) => messages.push(message) })
  try {
    assert.equal(await queue.run(), 'complete')
    const { counts } = executor
    const failures = await gathered(executor.failures())
    return { counts, failures, messages, result: name => JSON.parse(readFileSync(join(place, 'results', resultFile(name)), 'utf8')).result }
  } finally {
    await executor.close(0)
    assert.deepEqual(readdirSync(join(place, 'work')), [], 'folders of items are removed')
    await log.close()
  }
}

const one = [{ name: 'a', data: { n: 1 } }]

test('each worker sees what the one before left, and the last result is kept', async t => {
  const { result, counts } = await workOn(t, sourceOf(one), {
    workers: ['sed s/1/2/ "$WORK_ITEM_FILE" > "$WORK_RESULT_FILE"', 'true', 'sed s/2/3/ "$WORK_ITEM_FILE" > "$WORK_RESULT_FILE"'],
  })
  assert.deepEqual(result('a'), { n: 3 })
  assert.deepEqual([counts.taken, counts.done, counts.failed], [1, 1, 0])
})

test('a worker has an empty folder of its own, its own place for temporary files, and of the environment what it was allowed', async t => {
  process.env['QUEUE_TEST_SECRET'] = 'secret'
  t.after(() => delete process.env['QUEUE_TEST_SECRET'])
  const { result } = await workOn(t, sourceOf([{ name: 'a', data: 1 }, { name: 'b', data: 2 }]), {
    workers: ['files=$(ls -A | wc -l); touch mess; printf \'{"files":%s,"folder":"%s","temporary":"%s","secret":"%s","given":"%s"}\' "$files" "$PWD" "$TMPDIR" "$QUEUE_TEST_SECRET" "$GIVEN" > "$WORK_RESULT_FILE"'],
    environment: { GIVEN: 'yes' },
  })
  const [a, b] = [result('a'), result('b')]
  assert.deepEqual([a.files, a.secret, a.given, a.temporary], [0, '', 'yes', a.folder])
  assert.notEqual(a.folder, b.folder)
  assert.ok(!existsSync(a.folder))
})

test('exit code 65 is final, any other is tried again, and counted', async t => {
  const { counts, failures } = await workOn(t, sourceOf([{ name: 'never', data: 65 }, { name: 'again', data: 1 }]), { workers: ['exit $(cat "$WORK_ITEM_FILE")'], attempts: 2 })
  assert.deepEqual([counts.failed, counts.retried], [2, 1])
  assert.deepEqual(failures.map(({ name, reason }) => `${name} ${reason}`).toSorted(), ['again attempts', 'never permanent'])
})

test('a worker that runs too long is ended with all that it started', async t => {
  const place = folder(t)
  const { failures } = await workOn(t, sourceOf(one), { workers: [`sleep 1000 & echo $! > ${place}/pid; wait`], timeoutMs: 200 }, place)
  assert.deepEqual(failures.map(({ reason }) => reason), ['timeout'])
  assert.ok(!isAlive(Number(readFileSync(join(place, 'pid'), 'utf8'))))
})

const isLinux = process.platform === 'linux' ? false : 'needs Linux'

test('a worker that takes more memory than it may is ended, together with those it started', { skip: isLinux }, async t => {
  // None of the three passes the limit alone.
  const taking = 'node -e "globalThis.kept = Buffer.alloc(60e6, 1); setTimeout(() => {}, 60_000)"'
  const { failures, counts } = await workOn(t, sourceOf([{ name: 'greedy', data: 1 }, { name: 'modest', data: 0 }]), {
    workers: [`[ $(cat "$WORK_ITEM_FILE") = 0 ] || { ${taking} & ${taking} & ${taking} & wait; }`], memoryBytes: 200_000_000,
  })
  assert.deepEqual([counts.done, failures.length], [1, 1])
  assert.match(failures[0]!.message, /was ended because it had \d+ MiB in memory, above its limit/)
})

test('between two looks at its memory the system itself holds a process to what it may map', { skip: isLinux }, async t => {
  const { result } = await workOn(t, sourceOf(one), { workers: ['ulimit -d > "$WORK_RESULT_FILE"'], memoryBytes: 100_000_000 })
  assert.equal(result('a'), Math.ceil((1_073_741_824 + 200_000_000) / 1_024))
})

test('a worker gets the share of a processor that it may have, and no more', { skip: isLinux }, async t => {
  const { result } = await workOn(t, sourceOf(one), {
    // Two that are busy, for four seconds, with a fifth of a processor: 0.8 s of its time, and what it gets before the first look.
    workers: ['timeout 4 sh -c "while :; do :; done" & timeout 4 sh -c "while :; do :; done" & wait; read a b c d rest < /proc/self/stat; times > t; tail -1 t | sed "s/^/\\"/; s/$/\\"/" > "$WORK_RESULT_FILE"'],
    cpu: 0.2,
  })
  const seconds = [...String(result('a')).matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0)
  assert.ok(seconds > 0 && seconds < 4, `${seconds} s, where eight would be without a limit`)
})

test('an item that vanished between the list and its turn is told of, is no failure, and is taken when it is listed again', async t => {
  const place = folder(t)
  const gone = await workOn(t, sourceOf([{ name: 'a' }], async name => { throw new ItemGoneError(name, 'the source') }), { workers: ['true'] }, place)
  assert.deepEqual([gone.counts.failed, gone.messages.length], [0, 1])
  assert.match(gone.messages[0]!, /listed the item 'a' and now says that it does not exist/)
  const { result } = await workOn(t, sourceOf([{ name: 'a' }]), { workers: ['cp "$WORK_ITEM_FILE" "$WORK_RESULT_FILE"'] }, place)
  assert.deepEqual(result('a'), { name: 'a' })
})

test('while the source is out of reach items wait, and it costs them no attempt', async t => {
  let fails = 1
  const source = sourceOf([{ name: 'a' }], async name => {
    if (fails-- > 0) throw new Error('ECONNREFUSED')
    return name
  })
  const { counts, messages } = await workOn(t, source, { workers: ['true'] })
  assert.deepEqual([counts.done, counts.retried], [1, 0])
  assert.match(messages[0]!, /items cannot be read and wait until they can: ECONNREFUSED/)
})

test('names are never paths: results of odd names stay in their folder, each its own', async t => {
  const names = ['../../escape', '__proto__', '.hidden', 'a/b', 'a_b', '-rf', 'ü', 'A', 'x'.repeat(253)]
  const place = folder(t)
  await workOn(t, sourceOf(names.map(name => ({ name, data: name }))), { workers: ['cp "$WORK_ITEM_FILE" "$WORK_RESULT_FILE"'] }, place)
  const files = readdirSync(join(place, 'results'))
  assert.equal(files.length, names.length)
  assert.deepEqual(files.map(file => (JSON.parse(readFileSync(join(place, 'results', file), 'utf8')) as { readonly name: string }).name).toSorted(), names.toSorted())
  assert.ok(files.every(file => /^\w[\w.-]*-[\da-f]{16}\.json$/.test(file)), String(files))
})

test('what is done is not done again, though the list changes, and the queue belongs to its source', async t => {
  const place = folder(t)
  const workers = [`echo x >> ${place}/runs`]
  await workOn(t, sourceOf(one), { workers }, place)
  const { counts } = await workOn(t, sourceOf([{ name: 'a', data: 'changed' }, { name: 'b', data: 1 }, { name: 'b', data: 2 }]), { workers }, place)
  assert.deepEqual([counts.taken, counts.done], [2, 2])
  assert.equal(readFileSync(join(place, 'runs'), 'utf8'), 'x\nx\n')
  await assert.rejects(workOn(t, { ...sourceOf(one), description: 'others' }, { workers }, place), /takes its items from items at hand, not from others/)
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
