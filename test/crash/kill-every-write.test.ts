// P2: SIGKILL at every write, sync, rename and removal that a run makes on its disk, one after the other; the same command given again ends with what
// an undisturbed run gives. Calls are counted for each file apart, so that none hides behind another. By default a spread of them (CRASH_WRITES=n);
// CRASH_POINTS=all is every one. CRASH_PIPELINE=everything CRASH_SIZE=n is a larger run.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { needs } from '../needs.ts'
import { preparedFolder, resultsIn, run } from './command.ts'
import { sameCalls } from './command-line.ts'
import { operationsIn, recordingTo, type Operation } from './disk/recording.ts'
import { isThorough, killAt } from './kill-points.ts'

const size = Number(process.env['CRASH_SIZE'] ?? 8)
const writes = Number(process.env['CRASH_WRITES'] ?? 9)
const pointsAtOnce = 2
const environment = { ...sameCalls, CRASH_PIPELINE: process.env['CRASH_PIPELINE'] ?? 'compact' }

/** One call on one file, by its number. */
interface Point {
  readonly call: string
  readonly path: string
  readonly number: number
}

/** What is to be tried, and what it came to. */
class Sweep {
  readonly wrong: string[] = []
  killed = 0
  readonly #points: Point[]
  readonly #expected: Readonly<Record<string, unknown>>

  constructor(points: readonly Point[], expected: Readonly<Record<string, unknown>>) {
    this.#points = [...points]
    this.#expected = expected
  }

  async work(): Promise<void> {
    for (let point = this.#points.shift(); point; point = this.#points.shift()) {
      const { isKilled, problem } = await outcomeOf(point, this.#expected)
      if (problem !== undefined) this.wrong.push(`killed at ${point.call} ${point.number} of ${point.path}: ${problem}`)
      if (!isKilled) continue
      this.killed++
      // Runs differ in how often they commit: the next one is tried until there is none.
      if (isThorough) this.#points.push({ ...point, number: point.number + 1 })
    }
  }
}

suite('a run killed at any of its writes and syncs, given again, ends with what an undisturbed run gives', { skip: needs('strace') }, () => {
  test(isThorough ? 'all of them' : `${writes} of them`, async () => {
    using folder = preparedFolder(size)
    const trace = join(folder.path, 'trace')
    const clean = await run(folder.path, environment, recordingTo(trace))
    assert.equal(clean.code, 0, clean.errors)
    const all = pointsOf(operationsIn(trace, folder.path))
    const sweep = new Sweep(isThorough ? all.filter(({ number }) => number === 1) : spread(all, writes), resultsIn(folder.path, clean))
    await Promise.all(Array.from({ length: pointsAtOnce }, () => sweep.work()))
    if (process.env['CRASH_SHOW'] !== undefined) console.log({ recorded: all.length, killed: sweep.killed })
    assert.deepEqual(sweep.wrong, [])
    assert.ok(sweep.killed >= writes / 2, `only ${sweep.killed} were killed`)
  })
})

async function outcomeOf({ call, number, path }: Point, expected: Readonly<Record<string, unknown>>): Promise<{ readonly isKilled: boolean; readonly problem?: string }> {
  using folder = preparedFolder(size)
  const first = await run(folder.path, environment, killAt(call, number, [join(folder.path, path)]))
  const isKilled = first.signal === 'SIGKILL'
  if (!isKilled && first.code !== 0) return { isKilled, problem: first.errors }
  const again = await run(folder.path, environment)
  if (again.code !== 0) return { isKilled, problem: again.errors }
  try {
    assert.deepEqual(resultsIn(folder.path, again), expected)
    return { isKilled }
  } catch (error) {
    return { isKilled, problem: (error as Error).message }
  }
}

/** A file's calls of a kind, counted: strace counts for each of them too. */
function pointsOf(operations: readonly Operation[]): readonly Point[] {
  const counts = new Map<string, number>()
  return operations.flatMap(operation => {
    if (operation.kind === 'said' || operation.kind === 'open' || operation.kind === 'mkdir') return []
    const path = operation.kind === 'rename' ? operation.from : operation.path
    const key = `${operation.call} ${path}`
    const number = (counts.get(key) ?? 0) + 1
    counts.set(key, number)
    return [{ call: operation.call, number, path }]
  })
}

function spread(points: readonly Point[], count: number): readonly Point[] {
  return Array.from({ length: count }, (_, index) => points[Math.floor((index * points.length) / count)]!)
}
