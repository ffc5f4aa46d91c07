// P2 and P12: killed at whatever instant, the same command given again ends with what an undisturbed run gives. All points instead of a
// spread of them: CRASH_POINTS=all. What went wrong is kept for a look in the folder that CRASH_KEEP names.
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import { needs } from '../needs.ts'
import { preparedFolder, resultsIn, run, start, ended, type Ended } from './command.ts'
import { atEachPoint, callsOfBusiestThreads, countingTo, killAt, spread } from './kill-points.ts'

const syscalls = ['pwrite64', 'fsync', 'fdatasync', 'rename', 'ftruncate', 'unlink']

let expected: Readonly<Record<string, unknown>>
let commits = 0

before(async () => {
  using folder = preparedFolder()
  const clean = await run(folder.path)
  assert.equal(clean.code, 0, clean.errors)
  expected = resultsIn(folder.path, clean)
  commits = Number(JSON.parse(clean.output).commits)
  assert.equal(expected['outcome'], 'completed-with-failures')
  assert.equal((expected['failures'] as readonly string[]).length, 3)
  assert.equal((expected['squares'] as readonly unknown[]).length, 59)
})

suite('a run that is killed and given again ends with what an undisturbed run gives', { concurrency: 1 }, () => {
  test('killed before and after a commit', async () => {
    const points = spread(commits, 3).flatMap(number => [`before ${number}`, `after ${number}`])
    await sweep(points, async (folder, point) => {
      return wasKilled(await run(folder, { CRASH_AT: point }))
    })
  })

  test('killed at a write or a sync of the disk', { skip: needs('strace') }, async () => {
    const points = [...await callsOfARun()].flatMap(([syscall, last]) => spread(last, syscall === 'pwrite64' ? 3 : 1).map(number => `${syscall} ${number}`))
    await sweep(points, async (folder, point) => {
      const [syscall, number] = point.split(' ')
      return wasKilled(await run(folder, {}, killAt(syscall!, Number(number))))
    })
  })

  test('killed again and again, at random times, until it is done', async () => {
    using folder = preparedFolder()
    let kills = 0
    for (let last: Ended | undefined; last?.code !== 0; ) {
      assert.ok(kills < 60, 'it makes no progress')
      const child = start(folder.path)
      const ending = ended(child)
      const delayMs = 150 + Math.random() * 200 * (kills + 1)
      const timer = setTimeout(() => child.kill('SIGKILL') && kills++, delayMs)
      last = await ending
      clearTimeout(timer)
      assert.ok(last.code === 0 || last.signal === 'SIGKILL', last.errors)
      if (last.code === 0) assert.deepEqual(resultsIn(folder.path, last), expected)
    }
    assert.ok(kills > 0)
  })
})

/** For each point: a folder of its own, the killed run, the same command again, and the comparison. */
async function sweep(points: readonly string[], kill: (folder: string, point: string) => Promise<unknown>): Promise<void> {
  const wrong: string[] = []
  let killed = 0
  await atEachPoint(points, async point => {
    using folder = preparedFolder()
    try {
      if ((await kill(folder.path, point)) !== false) killed++
      const again = await run(folder.path)
      assert.equal(again.code, 0, again.errors)
      assert.deepEqual(resultsIn(folder.path, again), expected)
    } catch (error) {
      wrong.push(`killed at ${point}: ${(error as Error).message}`)
      keep(folder.path, point)
    }
  })
  assert.deepEqual(wrong, [])
  assert.ok(killed >= points.length * 0.8, `only ${killed} of ${points.length} were killed`)
}

/** For a look at what went wrong. */
function keep(folder: string, point: string): void {
  const target = process.env['CRASH_KEEP']
  if (target !== undefined) cpSync(folder, join(target, point.replace(' ', '-')), { recursive: true })
}

async function callsOfARun(): Promise<ReadonlyMap<string, number>> {
  using folder = preparedFolder()
  const trace = join(folder.path, 'trace')
  await run(folder.path, {}, countingTo(trace, syscalls))
  return callsOfBusiestThreads(trace, syscalls)
}

/** The last commits of a run are not always the same in number. */
function wasKilled({ signal, code, errors }: Ended): boolean {
  assert.ok(signal === 'SIGKILL' || code === 0, `ended with ${signal ?? code}: ${errors}`)
  return signal === 'SIGKILL'
}
