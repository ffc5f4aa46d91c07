// P2 for a reduce over files: killed at whatever instant, at every kind of write to its run files too, the same command given again ends with
// the same bytes. All points instead of a spread of them: CRASH_POINTS=all.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import { needs } from '../needs.ts'
import { ended, temporaryFolder, type Ended } from './command.ts'
import { begin, fixture } from './command-line.ts'
import { prepareFiles } from './fixtures/spilled.ts'
import { atEachPoint, callsOfBusiestThreads, countingTo, killAt, spread } from './kill-points.ts'

/** Those by which run files and the store are written, and how many points of each are tried. */
const syscalls: Readonly<Record<string, number>> = { write: 1, openat: 1, fsync: 1, fdatasync: 1, pwrite64: 2, unlink: 1 }

interface Outcome {
  readonly results: string
  /** What the summary says of items. */
  readonly failed: number
}

/** As many as there are by default: calls come in any order. */
const manyThreads = { UV_THREADPOOL_SIZE: '4' }

let expected: Outcome

function words(folder: string): readonly string[] {
  return ['run', fixture('spilled'), '--store', join(folder, 'store'), '--json']
}

function start(folder: string, prefix: readonly string[] = []): Promise<Ended> {
  return ended(begin(folder, words(folder), {}, prefix))
}

function preparedFolder() {
  const folder = temporaryFolder()
  prepareFiles(folder.path)
  return folder
}

function outcomeIn(folder: string, { output, code, errors }: Ended): Outcome {
  assert.equal(code, 2, errors)
  const stages = output.trim().split('\n').map(line => JSON.parse(line) as { readonly stages?: Readonly<Record<string, { readonly in: number; readonly done: number; readonly failed: number }>> })
  const totals = stages.findLast(line => line.stages)!.stages!['totals']!
  assert.equal(totals.in, totals.done + totals.failed)
  return { results: readFileSync(join(folder, 'out.jsonl'), 'utf8'), failed: totals.failed }
}

before(async () => {
  using folder = preparedFolder()
  const clean = await start(folder.path)
  expected = outcomeIn(folder.path, clean)
  assert.ok(expected.failed > 5)
  assert.ok(expected.results.split('\n').length > 500)
})

suite('a reduce over files that is killed and given again ends with the same bytes', { concurrency: 1 }, () => {
  test('killed at a write, a sync, or the removal of a file', { skip: needs('strace') }, async () => {
    const wrong: string[] = []
    let killed = 0
    const points = [...await callsOfARun()].flatMap(([syscall, last]) => spread(last, syscalls[syscall]!).map(number => `${syscall} ${number}`))
    await atEachPoint(points, async point => {
      using folder = preparedFolder()
      const [syscall, number] = point.split(' ')
      const { signal } = await start(folder.path, killAt(syscall!, Number(number)))
      if (signal === 'SIGKILL') killed++
      try {
        assert.deepEqual(outcomeIn(folder.path, await start(folder.path)), expected)
      } catch (error) {
        wrong.push(`killed at ${point}: ${(error as Error).message.slice(0, 500)}`)
      }
    })
    assert.deepEqual(wrong, [])
    assert.ok(killed >= points.length / 2, `only ${killed} of ${points.length} were killed`)
  })

  test('killed again and again, at random times, until it is done', async () => {
    using folder = preparedFolder()
    let kills = 0
    for (let last: Ended | undefined; last?.code !== 2; ) {
      assert.ok(kills < 60, 'it makes no progress')
      const child = begin(folder.path, words(folder.path), manyThreads)
      const ending = ended(child)
      const timer = setTimeout(() => child.kill('SIGKILL') && kills++, 150 + Math.random() * 300 * (kills + 2))
      last = await ending
      clearTimeout(timer)
      assert.ok(last.code === 2 || last.signal === 'SIGKILL', last.errors)
      if (last.code === 2) assert.deepEqual(outcomeIn(folder.path, last), expected)
    }
    assert.ok(kills > 0)
  })

  test('a run file damaged between map and merge ends it with the name of the file and of the section', { skip: needs('strace') }, async () => {
    using folder = preparedFolder()
    const { signal } = await start(folder.path, killAt('openat', 3, [join(folder.path, '.out.jsonl.batchwork', 'data')]))
    assert.equal(signal, 'SIGKILL')
    damageAll(join(folder.path, 'store', 'shuffle'))
    const { code, errors } = await start(folder.path)
    assert.equal(code, 1)
    assert.match(errors, /run file .*\.run is damaged: section \d+ at byte \d+/)
  })
})

/** Flips a bit of what is there. */
function damageAll(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(each => each.endsWith('.run'))) {
    const bytes = readFileSync(join(folder, name))
    if (bytes.length > 0) bytes[bytes.length >> 1]! ^= 1
    writeFileSync(join(folder, name), bytes)
  }
}

async function callsOfARun(): Promise<ReadonlyMap<string, number>> {
  using folder = preparedFolder()
  const trace = join(folder.path, 'trace')
  await start(folder.path, countingTo(trace, Object.keys(syscalls)))
  return callsOfBusiestThreads(trace, Object.keys(syscalls))
}
