// P9: what fails as a whole is searched for its bad items, and the search goes on where it was, whenever its process is killed. Spring Batch
// 6.0.4 loses items here: 1-10 in chunks of 5, the writer rejects 3 and 4, one failure is tolerated; after the failure, and a restart with a
// mended writer, 4 and 5 were never written. All calls, writes and syncs instead of a spread of them: CRASH_POINTS=all.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { needs } from '../needs.ts'
import { temporaryFolder, type Ended } from './command.ts'
import { batchwork, fixture } from './command-line.ts'
import { callsOfBusiestThreads, countingTo, isThorough, killAt, spread } from './kill-points.ts'

const file = fixture('failing-chunk')
const stopped = 3
const bad = { BAD: '3,4' }

function run(folder: string, pipeline: string, environment: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []): Promise<Ended> {
  return batchwork(folder, ['run', file, '--pipeline', pipeline, '--store', join(folder, 'store'), '--quiet'], environment, prefix)
}

function linesOf(folder: string, name: string): readonly string[] {
  const path = join(folder, name)
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
}

const numbersIn = (folder: string) => linesOf(folder, 'written.jsonl').map(Number).toSorted((a, b) => a - b)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

for (const pipeline of ['failing chunk', 'failing sink']) {
  suite(`a ${pipeline}: after a failure past the tolerance, kills and a mended writer all items are written, once`, { concurrency: 2 }, () => {
    const written = async (kill: (folder: string) => Promise<Ended>) => {
      using folder = temporaryFolder()
      mkdirSync(join(folder.path, 'store'))
      const first = await kill(folder.path)
      if (first.signal === 'SIGKILL') assert.equal((await run(folder.path, pipeline, bad)).code, stopped)
      else assert.equal(first.code, stopped, first.errors)
      const mended = await run(folder.path, pipeline)
      assert.equal(mended.code, 0, mended.errors)
      assert.deepEqual(numbersIn(folder.path), upTo(10))
      return first.signal
    }

    test(isThorough ? 'killed at each call of the writer' : 'killed at calls of the writer', async () => {
      let calls = 0
      const clean = await written(async folder => {
        const first = await run(folder, pipeline, bad)
        calls = linesOf(folder, 'calls.txt').length
        return first
      })
      assert.equal(clean, null)
      assert.ok(calls >= 8, `${calls} calls`)
      for (const number of spread(calls, 2)) assert.equal(await written(folder => run(folder, pipeline, { ...bad, KILL_AT: String(number) })), 'SIGKILL')
    })

    test('killed at writes and syncs of the log', { skip: needs('strace') }, async () => {
      let kills = 0
      for (const [syscall, last] of await callsOnLog(pipeline)) {
        for (const number of spread(last, 1)) {
          if ((await written(folder => run(folder, pipeline, bad, killAt(syscall, number, [logIn(folder)])))) === 'SIGKILL') kills++
        }
      }
      if (process.env['CRASH_SHOW'] !== undefined) console.log({ pipeline, kills })
      assert.ok(kills >= 2, `${kills} kills`)
    })
  })
}

const logIn = (folder: string) => join(folder, 'store', 'store.db-wal')

async function callsOnLog(pipeline: string): Promise<ReadonlyMap<string, number>> {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'store'))
  const trace = join(folder.path, 'trace')
  await run(folder.path, pipeline, bad, countingTo(trace, ['fsync', 'pwrite64'], [logIn(folder.path)]))
  return callsOfBusiestThreads(trace, ['fsync', 'pwrite64'])
}

suite('the position of a search is durable', () => {
  const badOnes = [7, 40, 41, 58]
  const searched = async (killEach?: number) => {
    using folder = temporaryFolder()
    let kills = 0
    for (let last: Ended | undefined; last?.code !== 2; kills++) {
      assert.ok(kills < 100, 'it makes no progress')
      last = await run(folder.path, 'search', { BAD: badOnes.join(','), COUNT: '64', ...(killEach && { KILL_AT: String(killEach) }) })
      assert.ok(last.code === 2 || last.signal === 'SIGKILL', last.errors)
    }
    assert.deepEqual(numbersIn(folder.path), upTo(64).filter(number => !badOnes.includes(number)))
    return { kills: kills - 1, calls: linesOf(folder.path, 'calls.txt') }
  }

  test('killed at every fourth call, it calls again what was under way at each kill, and nothing else', async () => {
    const clean = await searched()
    const killed = await searched(4)
    if (process.env['CRASH_SHOW'] !== undefined) console.log({ clean: clean.calls.length, killed: killed.calls.length, kills: killed.kills })
    assert.ok(clean.calls.length <= 2 * badOnes.length * Math.log2(64), `${clean.calls.length} calls`)
    assert.ok(killed.kills > 5)
    assert.equal(killed.calls.length, clean.calls.length + killed.kills)
    assert.deepEqual(new Set(killed.calls), new Set(clean.calls))
  })
})
