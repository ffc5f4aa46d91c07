// What threads and processes have in common is tested on both.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Executor } from '../../src/executor.ts'
import { processExecutor } from '../../src/executors/processes.ts'
import { threadExecutor } from '../../src/executors/threads.ts'
import { type BatchworkError, CrashedError, PermanentError, TimeoutError } from '../../src/model/errors.ts'
import { RetryLater } from '../../src/model/retry-later.ts'
import { isAlive, loader, outcomeOf, referenceTo, whenEnded } from './fixtures/task.ts'

interface Settings {
  readonly members?: number
  readonly perMember?: number
  readonly memory?: number
  readonly graceMs?: number
}

/** For a machine many times slower. */
const suiteMsMax = 300_000
/** What worker processes wrote to standard error. */
const errorTexts: string[] = []

const kinds: Record<string, (stage: string, settings?: Settings) => Executor> = {
  threads: (stage, { members = 2, perMember = 1, ...rest } = {}) => threadExecutor({ threads: members, perThread: perMember, reference: referenceTo(stage), loader, ...rest }),
  processes: (stage, { members = 2, perMember = 1, ...rest } = {}) => processExecutor({ processes: members, perProcess: perMember, reference: referenceTo(stage), loader, onErrorText: text => errorTexts.push(text), ...rest }),
}

for (const [kind, open] of Object.entries(kinds)) {
  const opened = (stage: string, settings?: Settings): Executor & AsyncDisposable => {
    const executor = open(stage, settings)
    return Object.assign(executor, { [Symbol.asyncDispose]: () => executor.close() })
  }

  describe(kind, { timeout: suiteMsMax, concurrency: 2 }, () => {
    test('values arrive and return as they were', async () => {
      await using executor = opened('echo')
      const value = {
        date: new Date(5), big: 12n, map: new Map([['a', new Set([1])]]), bytes: new Uint8Array([1, 2, 3]), none: undefined, nan: Number.NaN, zero: -0,
        list: [null, { deep: true }],
      }
      const result = await outcomeOf(executor, value) as typeof value
      assert.deepEqual({ ...result, bytes: new Uint8Array(result.bytes) }, value)
      assert.ok(result.bytes instanceof Uint8Array)
      assert.ok(Object.is(result.zero, -0))
    })

    test('how long items were at work is told once, without what they waited for each other', async () => {
      await using executor = opened('naps', { members: 1 })
      await outcomeOf(executor, 0)
      executor.takeTimes!()
      const beganMs = performance.now()
      await Promise.all([20, 20, 20, 20].map(ms => outcomeOf(executor, ms)))
      const elapsedMs = performance.now() - beganMs
      const { timed, timedMs, blockedMs } = executor.takeTimes!()
      assert.equal(timed, 4)
      assert.ok(timedMs >= 4 * 19 && timedMs <= elapsedMs, `${timedMs} ms at work in ${elapsedMs} ms`)
      assert.equal(blockedMs, 0)
      assert.deepEqual(executor.takeTimes!(), { timed: 0, timedMs: 0, blockedMs: 0 })
    })

    test('a worker that returns nothing settles with undefined', async () => {
      await using executor = opened('nothing')
      assert.equal(await outcomeOf(executor, { a: 1 }), undefined)
    })

    test('an item of 10 MB goes and comes', async () => {
      await using executor = opened('echo')
      const bytes = new Uint8Array(10_000_000).fill(7)
      const result = await outcomeOf(executor, bytes) as Uint8Array
      assert.equal(Buffer.compare(result, bytes), 0)
    })

    test('bytes arrive with memory of their own, whatever came with them', async () => {
      await using executor = opened('echo')
      const results = await Promise.all([1, 2, 3].map(index => outcomeOf(executor, { index, bytes: Buffer.from([index, index]) }))) as { bytes: Uint8Array }[]
      for (const [index, { bytes }] of results.entries()) {
        assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype)
        assert.deepEqual(new Uint8Array(bytes.buffer), new Uint8Array([index + 1, index + 1]))
      }
    })

    test('10,000 items are each settled with their own result', async () => {
      await using executor = opened('double')
      const results = await Promise.all(Array.from({ length: 10_000 }, (_, index) => outcomeOf(executor, index)))
      assert.ok(results.every((result, index) => result === index * 2))
    })

    test('class instances and functions are refused by name on the way in and out', async () => {
      await using executor = opened('echo')
      class Photo { readonly path = 'a.jpg' }
      await assert.rejects(outcomeOf(executor, { photo: new Photo() }), { name: 'CodecError', message: /the item holds an instance of class Photo/ })
      await assert.rejects(outcomeOf(executor, [() => 1]), { name: 'CodecError', message: /the item holds a function/ })
      await assert.rejects(outcomeOf(executor, JSON.parse('{"__proto__":{"a":1}}')), { message: /'__proto__'/ })
      await using returning = opened('returns an instance')
      await assert.rejects(outcomeOf(returning, 1), { name: 'CodecError', message: /the result holds an instance of class Photo/ })
      await using functions = opened('returns a function')
      await assert.rejects(outcomeOf(functions, 1), { name: 'CodecError', message: /the result holds a function/ })
    })

    test('the context arrives, and log and progress come back before the result', async () => {
      await using executor = opened('context')
      const heard: unknown[] = []
      const write = (level: string) => (message: string, data?: object) => { heard.push([level, message, data]) }
      const context = {
        id: 'sign-up-9', key: 'k', time: new Date(77), headers: { trace: 't' }, origin: 'a.csv:3', attempt: 2, attempts: 5, stage: 'context', shard: 'east',
      }
      const result = await outcomeOf(executor, 1, {
        ...context,
        log: { info: write('info'), warn: write('warn'), error: write('error') },
        progress: (done, total) => { heard.push([done, total]) },
      })
      assert.deepEqual(result, { ...context, aborted: false })
      assert.deepEqual(heard[0], ['warn', 'careful', { at: 3 }])
      assert.deepEqual(heard.at(-1), [10, 10])
    })

    test('errors keep class, name, message, stack, cause and data', async () => {
      await using executor = opened('throws')
      const permanent = await outcomeOf(executor, 'permanent').catch((error: unknown) => error) as PermanentError
      assert.ok(permanent instanceof PermanentError)
      assert.deepEqual([permanent.name, permanent.message, permanent.code, permanent.data], ['PermanentError', 'bad photo', 'PERMANENT', { code: 12 }])
      assert.match(permanent.stack!, /workers\.ts/)
      assert.ok(permanent.cause instanceof TypeError)
      const later = await outcomeOf(executor, 'later').catch((error: unknown) => error) as RetryLater
      assert.ok(later instanceof RetryLater)
      assert.equal(later.afterMs, 5_000)
      const range = await outcomeOf(executor, 'range').catch((error: unknown) => error) as RangeError & { code: string }
      assert.ok(range instanceof RangeError)
      assert.equal(range.code, 'E_BIG')
      assert.equal(await outcomeOf(executor, 'text').catch((error: unknown) => error), 'only text')
    })

    test('a module that cannot give the worker fails every item with the reason', async () => {
      await using executor = opened('unknown stage')
      await assert.rejects(outcomeOf(executor, 1), { name: 'PermanentError', message: "no stage 'unknown stage'" })
      await assert.rejects(outcomeOf(executor, 2), { message: "no stage 'unknown stage'" })
    })

    test('a module that dies while loading is not started for ever', async () => {
      await using executor = opened('dies while loading', { members: 1 })
      await assert.rejects(outcomeOf(executor, 1), (error: BatchworkError) => error.code === 'CRASHED' && /died 3 times while .* was loading: it exited with code 7/.test(error.message))
    })

    test('finished items do not wait for one that never ends', async () => {
      await using executor = opened('slow first', { members: 1, perMember: 2 })
      const never = assert.rejects(outcomeOf(executor, 0), { code: 'CLOSED' })
      const quick = await Promise.all(Array.from({ length: 50 }, (_, index) => outcomeOf(executor, index + 1)))
      assert.equal(quick.length, 50)
      await executor.close()
      await never
    })

    test('an item that exits its worker alone fails as crashed, and the next goes on', async () => {
      await using executor = opened('exits', { members: 1 })
      await assert.rejects(outcomeOf(executor, { exit: 3 }, { stage: 'exits' }), (error: unknown) => error instanceof CrashedError && /stage 'exits'.*exited with code 3/.test(error.message))
      assert.deepEqual(await outcomeOf(executor, { fine: 1 }), { fine: 1 })
    })

    test('killers among many are found and everything else is settled', async () => {
      await using executor = opened('exits', { members: 2, perMember: 1 })
      await outcomeOf(executor, { warm: true })
      const values = Array.from({ length: 400 }, (_, index) => index === 77 || index === 300 ? { exit: 1 } : { index })
      const outcomes = await Promise.allSettled(values.map(value => outcomeOf(executor, value)))
      const failed = outcomes.flatMap((outcome, index) => outcome.status === 'rejected' ? [{ index, reason: outcome.reason as unknown }] : [])
      assert.deepEqual(failed.map(({ index }) => index), [77, 300])
      assert.ok(failed.every(({ reason }) => reason instanceof CrashedError))
      assert.ok(outcomes.every((outcome, index) => outcome.status === 'rejected' || (outcome.value as { index: number }).index === index))
    })

    test('an exception outside of any item is traced to its item by isolation', async () => {
      await using executor = opened('throws outside', { members: 1, perMember: 20 })
      const values = Array.from({ length: 20 }, (_, index) => ({ index, kill: index === 11 }))
      const outcomes = await Promise.allSettled(values.map(value => outcomeOf(executor, value)))
      assert.deepEqual(outcomes.flatMap((outcome, index) => outcome.status === 'rejected' ? [index] : []), [11])
      const { reason } = outcomes[11] as PromiseRejectedResult
      assert.ok(reason instanceof CrashedError)
      assert.match(reason.message, /threw outside of any item: Error: outside of any item\n +at .*workers\.ts/)
    })

    test('an item that eats memory past the limit fails alone', async () => {
      await using executor = opened('eats memory', { members: 1, perMember: 1, memory: 48 * 1_048_576 })
      const outcomes = await Promise.allSettled([{ n: 1 }, { eat: true }, { n: 2 }].map(value => outcomeOf(executor, value)))
      assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
      const { reason } = outcomes[1] as PromiseRejectedResult
      assert.ok(reason instanceof CrashedError)
      assert.match(reason.message, /ran out of memory \(limit 48 MiB\); raise 'memory'$/)
      assert.doesNotMatch(errorTexts.join(''), /FATAL ERROR|Last few GCs/)
    })

    test('an item that blocks its event loop past its timeout fails with the reason; what was beside it runs again', async () => {
      await using executor = opened('hangs', { members: 1, perMember: 1, graceMs: 100 })
      await outcomeOf(executor, { warm: true })
      await Promise.all(Array.from({ length: 100 }, (_, index) => outcomeOf(executor, { index })))
      const controller = new AbortController()
      const hung = outcomeOf(executor, { hang: true }, { signal: controller.signal })
      const others = Array.from({ length: 10 }, (_, index) => outcomeOf(executor, { index }))
      const reason = new TimeoutError('hangs', 50)
      controller.abort(reason)
      assert.equal(await hung.catch((error: unknown) => error), reason)
      assert.equal((await Promise.all(others)).length, 10)
    })

    test('an item that blocks its event loop past its deadline fails; what it made late with it loses no attempt and runs once more', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'batchwork-test-'))
      const runs = join(folder, 'runs')
      try {
        await using executor = opened('hangs among others', { members: 1, perMember: 16, graceMs: 100 })
        await outcomeOf(executor, { runs, index: 'first' })
        const outcomes = await Promise.allSettled(Array.from({ length: 16 }, (_, index) => outcomeOf(executor, { runs, index, hang: index === 9 }, { id: `item-${index}` }, 300)))
        assert.deepEqual(outcomes.flatMap(({ status }, index) => status === 'rejected' ? [index] : []), [9])
        assert.ok((outcomes[9] as PromiseRejectedResult).reason instanceof TimeoutError)
        // Its next attempt is alone from the start.
        const [again, ...others] = await Promise.allSettled(Array.from({ length: 16 }, (_, index) => outcomeOf(executor, { runs, index: index + 9, hang: index === 0 }, { id: `item-${index + 9}`, attempt: index === 0 ? 2 : 1 }, 300)))
        assert.ok((again as PromiseRejectedResult).reason instanceof TimeoutError)
        assert.ok(others.every(({ status }) => status === 'fulfilled'))
        const counts = Map.groupBy(readFileSync(runs, 'utf8').trim().split('\n'), line => line)
        assert.ok([...counts].every(([index, lines]) => lines.length <= (Number(index) >= 9 ? 3 : 2)), JSON.stringify([...counts].map(([index, lines]) => [index, lines.length])))
        assert.equal(counts.get('20')?.length, 1)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })

    test('an event loop that was kept past the deadlines and then goes on has what it made late run alone', async () => {
      await using executor = opened('blocks for', { members: 1, perMember: 4, graceMs: 2_000 })
      await outcomeOf(executor, {})
      const outcomes = await Promise.allSettled([{}, { forMs: 1_700 }, {}, {}].map(value => outcomeOf(executor, { ...value, turns: 2 }, {}, 400)))
      assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled'])
    })

    test('an item that its host had not begun when its time was over has all of it from then on', async () => {
      await using executor = opened('waits for', { members: 1, perMember: 1, graceMs: 100 })
      for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: executor.capacity }, () => outcomeOf(executor, { forMs: 0 })))
      const outcomes = await Promise.allSettled([1_000, 250, 0].map(forMs => outcomeOf(executor, { forMs }, {}, 500)))
      assert.deepEqual(outcomes.map(({ status }) => status), ['rejected', 'fulfilled', 'fulfilled'])
    })

    test('a result that comes when its time was over does not count', async () => {
      await using executor = opened('returns when aborted', { members: 1, perMember: 2, graceMs: 60_000 })
      await assert.rejects(outcomeOf(executor, 1, {}, 50), TimeoutError)
    })

    test('a worker that ignores its signal is given up after the grace time without harm to its neighbours', async () => {
      await using executor = opened('ignores its signal', { members: 1, perMember: 1, graceMs: 50 })
      const controller = new AbortController()
      const ignoring = outcomeOf(executor, { ignore: true }, { signal: controller.signal })
      const next = outcomeOf(executor, { fine: true })
      controller.abort(new Error('enough'))
      await assert.rejects(ignoring, { message: 'enough' })
      assert.deepEqual(await next, { fine: true })
    })

    test('a worker that heeds its signal fails with the very reason of the abort', async () => {
      await using executor = opened('heeds its signal', { members: 1 })
      const controller = new AbortController()
      const heeding = outcomeOf(executor, 1, { signal: controller.signal })
      const reason = new TimeoutError('heeds its signal', 10)
      controller.abort(reason)
      assert.equal(await heeding.catch((error: unknown) => error), reason)
    })

    test('an item aborted before any worker took it fails without having run', async () => {
      await using executor = opened('slow first', { members: 1, perMember: 1 })
      void outcomeOf(executor, 0).catch(() => {})
      const controller = new AbortController()
      const waiting = outcomeOf(executor, 1, { signal: controller.signal })
      controller.abort(new Error('shut down'))
      await assert.rejects(waiting, { message: 'shut down' })
    })

    test('a command of a worker that had to be ended is ended with it, grandchildren too', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'batchwork-test-'))
      const path = join(folder, 'pids')
      try {
        await using executor = opened('command that hangs its host', { members: 1, graceMs: 100 })
        const controller = new AbortController()
        const hung = outcomeOf(executor, path, { signal: controller.signal })
        while (!existsSync(path)) await new Promise(resolve => setImmediate(resolve))
        controller.abort(new Error('too long'))
        await assert.rejects(hung, { message: 'too long' })
        await Promise.all(readFileSync(path, 'utf8').trim().split(' ').map(pid => whenEnded(Number(pid))))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })

    test('capacity grows with quick items and stays at what runs at once for slow ones', async () => {
      await using quick = opened('echo', { members: 2, perMember: 1 })
      assert.equal(quick.capacity, 2)
      for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: quick.capacity }, (_, index) => outcomeOf(quick, index)))
      assert.ok(quick.capacity > 20, `capacity ${quick.capacity}`)
    })

    test('close fails what is running, and what is started afterwards', async () => {
      const executor = open('slow first')
      const running = outcomeOf(executor, 0)
      await Promise.all([executor.close(), assert.rejects(running, { code: 'CLOSED' })])
      await assert.rejects(outcomeOf(executor, 1), { code: 'CLOSED' })
    })
  })
}

describe('threads only', { timeout: suiteMsMax }, () => {
  test('what waits behind an item that blocks its thread goes to an idle one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'batchwork-test-'))
    const executor = kinds['threads']!('blocks until', { members: 2 })
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: executor.capacity }, () => outcomeOf(executor, {})))
    const until = join(folder, 'go')
    const items = Array.from({ length: 200 }, (_, index) => outcomeOf(executor, index === 0 ? { until } : { index }))
    const blocked = items[0]!
    await Promise.all(items.filter(item => item !== blocked))
    writeFileSync(until, '')
    assert.deepEqual(await blocked, { until })
    await executor.close()
    rmSync(folder, { recursive: true })
  })
})

describe('processes only', { timeout: suiteMsMax }, () => {
  test('a process killed by a signal is named so, and its killer found', async () => {
    const executor = kinds['processes']!('kills itself', { members: 1 })
    await outcomeOf(executor, { warm: true })
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => outcomeOf(executor, { kill: index === 60 })))
    assert.deepEqual(outcomes.flatMap((outcome, index) => outcome.status === 'rejected' ? [index] : []), [60])
    assert.match(String((outcomes[60] as PromiseRejectedResult).reason), /was killed by SIGKILL/)
    await executor.close()
  })

  test('close leaves no process behind, those below included', async () => {
    const executor = kinds['processes']!('sleeps below', { members: 1 })
    const started = Promise.withResolvers<{ readonly pid: number; readonly host: number }>()
    const running = outcomeOf(executor, 1, { log: { info: (_message, data) => started.resolve(data as never), warn: () => {}, error: () => {} } })
    const { pid, host } = await started.promise
    assert.ok(isAlive(pid) && isAlive(host))
    await Promise.all([executor.close(), assert.rejects(running, { code: 'CLOSED' })])
    await Promise.all([whenEnded(pid), whenEnded(host)])
  })

  test('a process ends when its parent is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'batchwork-test-'))
    const path = join(folder, 'pids')
    const source = (name: string) => new URL(name, import.meta.url).href
    const code = `
      import { renameSync, writeFileSync } from 'node:fs'
      import { processExecutor } from '${source('../../src/executors/processes.ts')}'
      import { loader, outcomeOf, referenceTo } from '${source('./fixtures/task.ts')}'
      const executor = processExecutor({ processes: 1, perProcess: 1, reference: referenceTo('sleeps below'), loader })
      const info = (_, { pid, host }) => {
        writeFileSync(process.argv[1] + '.part', pid + ' ' + host)
        renameSync(process.argv[1] + '.part', process.argv[1])
      }
      await outcomeOf(executor, 1, { log: { info } })`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code, path], { stdio: 'inherit' })
    while (!existsSync(path)) await new Promise(resolve => setImmediate(resolve))
    parent.kill('SIGKILL')
    await Promise.all(readFileSync(path, 'utf8').split(' ').map(pid => whenEnded(Number(pid))))
    rmSync(folder, { recursive: true })
  })
})
