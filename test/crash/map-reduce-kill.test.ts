// P2 for a reduce over files: killed at whatever instant, at every kind of write to its run files too, the same command given again ends with
// the same bytes. All points instead of a spread of them: CRASH_POINTS=all.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needs } from '../needs.ts'
import { ended, startScript, temporaryFolder, type Ended } from './command.ts'
import { prepareFiles } from './fixtures/spilled.ts'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const pipeline = fileURLToPath(new URL('fixtures/spilled.ts', import.meta.url))
/** Those by which run files and the store are written. */
const syscalls = ['write', 'openat', 'fsync', 'fdatasync', 'pwrite64', 'unlink']
const strace = ['strace', '-f', '-qq', '-o', '/dev/null']

interface Outcome {
  readonly results: string
  /** What the summary says of items. */
  readonly failed: number
}

let expected: Outcome

function start(folder: string, prefix: readonly string[] = []): Promise<Ended> {
  return ended(startScript(program, folder, {}, prefix, ['run', pipeline, '--store', join(folder, 'store'), '--json']))
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
  assert.ok(expected.failed > 10)
  assert.ok(expected.results.split('\n').length > 1_000)
})

suite('a reduce over files that is killed and given again ends with the same bytes', { concurrency: 1 }, () => {
  test('killed at a write, a sync, or the removal of a file', { skip: needs('strace') }, async () => {
    const wrong: string[] = []
    let killed = 0
    const points = [...(await callsOfBusiestThreads())].flatMap(([syscall, last]) => spread(last, 4).map(number => `${syscall} ${number}`))
    for (const point of points) {
      using folder = preparedFolder()
      const [syscall, number] = point.split(' ')
      const { signal } = await start(folder.path, [...strace, '-e', `trace=${syscall}`, '-e', `inject=${syscall}:signal=KILL:when=${number}`])
      if (signal === 'SIGKILL') killed++
      try {
        assert.deepEqual(outcomeIn(folder.path, await start(folder.path)), expected)
      } catch (error) {
        wrong.push(`killed at ${point}: ${(error as Error).message.slice(0, 500)}`)
      }
    }
    assert.deepEqual(wrong, [])
    assert.ok(killed >= points.length / 2, `only ${killed} of ${points.length} were killed`)
  })

  test('killed again and again, at random times, until it is done', async () => {
    using folder = preparedFolder()
    let kills = 0
    for (let last: Ended | undefined; last?.code !== 2; ) {
      assert.ok(kills < 60, 'it makes no progress')
      const child = startScript(program, folder.path, {}, [], ['run', pipeline, '--store', join(folder.path, 'store'), '--json'])
      const ending = ended(child)
      const timer = setTimeout(() => child.kill('SIGKILL') && kills++, 150 + Math.random() * 200 * (kills + 2))
      last = await ending
      clearTimeout(timer)
      assert.ok(last.code === 2 || last.signal === 'SIGKILL', last.errors)
      if (last.code === 2) assert.deepEqual(outcomeIn(folder.path, last), expected)
    }
    assert.ok(kills > 0)
  })

  test('a damaged run file ends it with the name of the file and of the section', async () => {
    using folder = preparedFolder()
    for (let tries = 0; ; tries++) {
      assert.ok(tries < 40, 'it was never killed between map and merge')
      const child = startScript(program, folder.path, {}, [], ['run', pipeline, '--store', join(folder.path, 'store'), '--json'])
      const ending = ended(child)
      setTimeout(() => child.kill('SIGKILL'), 250 + 50 * tries)
      const { code, errors } = await ending
      if (code === null && existsSync(join(folder.path, 'store', 'shuffle'))) damageAll(join(folder.path, 'store', 'shuffle'))
      if (code === null || code === 2) continue
      assert.match(errors, /run file .*\.run is damaged: section \d+ at byte \d+/)
      return
    }
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

function spread(last: number, count: number): readonly number[] {
  if (process.env['CRASH_POINTS'] === 'all' || last <= count) return Array.from({ length: last }, (_, index) => index + 1)
  return Array.from({ length: count }, (_, index) => 1 + Math.round((index * (last - 1)) / (count - 1)))
}

/** How many of each call a thread makes at most: strace counts for each thread and call of its own. */
async function callsOfBusiestThreads(): Promise<ReadonlyMap<string, number>> {
  using folder = preparedFolder()
  const trace = join(folder.path, 'trace')
  await start(folder.path, ['strace', '-f', '-qq', '-o', trace, '-e', `trace=${syscalls.join(',')}`])
  const counts = new Map<string, number>()
  for (const [, call] of readFileSync(trace, 'utf8').matchAll(/^(\d+ +\w+)\(/gm)) counts.set(call!, (counts.get(call!) ?? 0) + 1)
  return new Map(syscalls.map(syscall => [syscall, Math.max(0, ...[...counts].filter(([call]) => call.endsWith(` ${syscall}`)).map(([, count]) => count))]))
}
