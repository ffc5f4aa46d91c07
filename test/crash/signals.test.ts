// P5, P8, P11: signals that end, stop and continue a run, and clocks that jump. What was committed stays so, once; nothing is left behind.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needs } from '../needs.ts'
import { ended, startScript, temporaryFolder } from './command.ts'
import { batchwork, fixture, sameCalls } from './command-line.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const file = fixture('slow')

function words(folder: string, pipeline: string): readonly string[] {
  return ['run', file, '--pipeline', pipeline, '--store', join(folder, 'store')]
}

function begin(folder: string, pipeline: string, environment: Readonly<Record<string, string>> = {}) {
  return startScript(main, folder, { ...sameCalls, ...environment }, [], words(folder, pipeline))
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

function linesOf(folder: string, name: string): readonly string[] {
  const path = join(folder, name)
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(line => line !== '') : []
}

/** Resolves when the file has so many lines. */
async function linesIn(folder: string, name: string, count: number): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => linesOf(folder, name).length >= count && resolve()
  const watcher = watch(folder, look)
  look()
  await promise
  watcher.close()
  return linesOf(folder, name)
}

/** Resolves when the text is on standard error. */
async function said(child: ChildProcess, text: RegExp): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  child.stderr!.on('data', (chunk: string) => text.test(chunk) && resolve())
  return promise
}

/** A zombie is dead: only its parent has not looked yet. */
function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, 'utf8'))
}

const isLinux = process.platform === 'linux' ? false : 'looks into /proc'

suite('signals', { concurrency: 1 }, () => {
  test('SIGTERM drains, what was begun is committed and never runs again, and the same command completes', async () => {
    using folder = temporaryFolder()
    const child = begin(folder.path, 'slow processes')
    const ending = ended(child)
    await linesIn(folder.path, 'begun.txt', 6)
    child.kill('SIGTERM')
    const { code, errors } = await ending
    assert.equal(code, 0, errors)
    assert.ok(linesOf(folder.path, 'begun.txt').length < 60)
    const again = await batchwork(folder.path, words(folder.path, 'slow processes'))
    assert.equal(again.code, 0, again.errors)
    const begun = linesOf(folder.path, 'begun.txt').map(line => Number(line.split(' ')[0]))
    assert.deepEqual(begun.toSorted((a, b) => a - b), upTo(60), 'each item ran once')
    assert.deepEqual(linesOf(folder.path, 'done.jsonl').map(Number).toSorted((a, b) => a - b), upTo(60))
  })

  for (const [signal, expected] of [['SIGTERM', 143], ['SIGINT', 130]] as const) {
    test(`a second ${signal} ends at once, with ${expected}, and no command's grandchild lives on`, { skip: isLinux }, async () => {
      using folder = temporaryFolder()
      const child = begin(folder.path, 'grandchildren')
      const ending = ended(child)
      const grandchildren = (await linesIn(folder.path, 'grandchildren.txt', 2)).map(Number)
      const heard = said(child, /Stopping/)
      child.kill(signal)
      await heard
      child.kill(signal)
      assert.equal((await ending).code, expected)
      await allGone(grandchildren)
    })
  }

  test('SIGKILL of the run leaves no command and no grandchild of one', { skip: isLinux }, async () => {
    using folder = temporaryFolder()
    const child = begin(folder.path, 'grandchildren')
    const ending = ended(child)
    const grandchildren = (await linesIn(folder.path, 'grandchildren.txt', 2)).map(Number)
    child.kill('SIGKILL')
    assert.equal((await ending).signal, 'SIGKILL')
    await allGone(grandchildren)
  })

  test('a worker process that is stopped and goes on later commits nothing twice', { skip: isLinux }, async () => {
    using folder = temporaryFolder()
    const child = begin(folder.path, 'slow processes')
    const ending = ended(child)
    const [first] = await linesIn(folder.path, 'begun.txt', 6)
    const worker = Number(first!.split(' ')[1])
    process.kill(worker, 'SIGSTOP')
    await linesIn(folder.path, 'begun.txt', 30)
    process.kill(worker, 'SIGCONT')
    const { code, errors } = await ending
    assert.equal(code, 0, errors)
    assert.deepEqual(linesOf(folder.path, 'done.jsonl').map(Number).toSorted((a, b) => a - b), upTo(60))
  })

  test('while the run is stopped a second process names it and leaves; then the run goes on, and commits nothing twice', async t => {
    using folder = temporaryFolder()
    const child = begin(folder.path, 'slow processes')
    t.after(() => child.kill('SIGKILL'))
    const ending = ended(child)
    await linesIn(folder.path, 'begun.txt', 6)
    child.kill('SIGSTOP')
    const second = await batchwork(folder.path, words(folder.path, 'slow processes'))
    assert.equal(second.code, 1)
    // It may have been stopped in the middle of a write.
    assert.match(second.errors, new RegExp(`in use by process ${child.pid} on |another process holds the write lock of .*a process that appends to it may be suspended`))
    child.kill('SIGCONT')
    const { code, errors } = await ending
    assert.equal(code, 0, errors)
    assert.deepEqual(linesOf(folder.path, 'done.jsonl').map(Number).toSorted((a, b) => a - b), upTo(60))
  })
})

suite('a wall clock that is set', { concurrency: 1, skip: needs('faketime') }, () => {
  for (const by of ['+3600', '-3600']) {
    test(`by ${by} seconds between a kill and the same command costs nothing but time`, async () => {
      using folder = temporaryFolder()
      const child = begin(folder.path, 'slow processes')
      const exit = once(child, 'exit')
      await linesIn(folder.path, 'begun.txt', 10)
      child.kill('SIGKILL')
      await exit
      const again = await batchwork(folder.path, words(folder.path, 'slow processes'), {}, ['faketime', '-f', `${by}s`])
      assert.equal(again.code, 0, again.errors)
      assert.deepEqual(linesOf(folder.path, 'done.jsonl').map(Number).toSorted((a, b) => a - b), upTo(60))
    })
  }
})

/** They are ended by another process: when it has done so cannot be awaited, only seen. */
async function allGone(pids: readonly number[]): Promise<void> {
  for (let looks = 0; looks < 500 && pids.some(isAlive); looks++) await new Promise(resolve => setTimeout(resolve, 10))
  assert.deepEqual(pids.filter(isAlive), [])
}
