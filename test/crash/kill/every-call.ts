// P2: SIGKILL at every write, sync, rename and removal that a run makes on its disk, one after the other; the same command given again ends with what
// an undisturbed run gives. Calls are counted for each file apart, so that none hides behind another. CRASH_PIPELINE=everything CRASH_SIZE=n is a larger run.
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ended, preparedFolder, resultsIn, startScript, temporaryFolder, type Ended } from '../command.ts'
import { sameCalls } from '../command-line.ts'
import { operationsIn, recordingTo, type Operation } from '../disk/recording.ts'
import { bundledRun } from './bundled-run.ts'
import { compiledKiller, killingAt, type Point } from './kill-at-call.ts'

const size = Number(process.env['CRASH_SIZE'] ?? 8)
const pipeline = process.env['CRASH_PIPELINE'] ?? 'compact'
const pointsAtOnce = 2
/** Runs do not all commit equally often: a few of the calls that one made are not made by another. */
const killedShareMin = 0.8

/** Of the files whose path, as seen from the folder of the run, is meant. */
export async function killAtEveryCall(context: TestContext, isMeant: (path: string) => boolean): Promise<void> {
  using tools = temporaryFolder()
  using template = preparedFolder(size)
  const sweep = new Sweep({ command: await bundledRun(tools.path, pipeline), library: compiledKiller(tools.path), template: template.path })
  const points = (await sweep.record()).filter(({ path }) => isMeant(path))
  await sweep.kill(points)
  context.diagnostic(`${sweep.killed.length} kills at ${points.length} recorded calls`)
  assert.deepEqual(sweep.wrong, [])
  const met = new Set(sweep.killed.map(fileAndCall))
  assert.deepEqual([...new Set(points.map(fileAndCall))].filter(each => !met.has(each)), [], 'calls at which nothing was killed')
  assert.ok(sweep.killed.length >= points.length * killedShareMin, `only ${sweep.killed.length} of ${points.length} were killed`)
}

interface Tools {
  readonly command: string
  readonly library: string
  /** A folder as it is before a run. */
  readonly template: string
}

class Sweep {
  readonly wrong: string[] = []
  readonly killed: Point[] = []
  readonly #tools: Tools
  #expected: Readonly<Record<string, unknown>> = {}

  constructor(tools: Tools) {
    this.#tools = tools
  }

  /** All calls of an undisturbed run, whose results are what all others have to give. */
  async record(): Promise<readonly Point[]> {
    using folder = this.#folder()
    const trace = join(folder.path, 'trace')
    const clean = await this.#run(folder.path, {}, recordingTo(trace))
    assert.equal(clean.code, 0, clean.errors)
    this.#expected = resultsIn(folder.path, clean)
    return pointsOf(operationsIn(trace, folder.path))
  }

  async kill(points: readonly Point[]): Promise<void> {
    const waiting = [...points]
    const work = async () => {
      for (let point = waiting.shift(); point; point = waiting.shift()) {
        const problem = await this.#killAt(point)
        if (problem !== undefined) this.wrong.push(`killed at ${fileAndCall(point)} ${point.number}: ${problem}`)
      }
    }
    await Promise.all(Array.from({ length: pointsAtOnce }, work))
  }

  /** Gives what is wrong. */
  async #killAt(point: Point): Promise<string | undefined> {
    using folder = this.#folder()
    const first = await this.#run(folder.path, killingAt(this.#tools.library, folder.path, point))
    if (first.signal !== 'SIGKILL') return first.code === 0 ? undefined : first.errors
    this.killed.push(point)
    const again = await this.#run(folder.path)
    if (again.code !== 0) return again.errors
    try {
      assert.deepEqual(resultsIn(folder.path, again), this.#expected)
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  #run(folder: string, environment: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []): Promise<Ended> {
    return ended(startScript(this.#tools.command, folder, { ...sameCalls, ...environment }, prefix))
  }

  #folder(): ReturnType<typeof temporaryFolder> {
    const folder = temporaryFolder()
    cpSync(this.#tools.template, folder.path, { recursive: true })
    return folder
  }
}

function fileAndCall({ call, path }: Point): string {
  return `${call} of ${path || 'the folder'}`
}

function pointsOf(operations: readonly Operation[]): readonly Point[] {
  const counts = new Map<string, number>()
  return operations.flatMap(operation => {
    if (operation.kind === 'said' || operation.kind === 'open' || operation.kind === 'mkdir') return []
    const path = operation.kind === 'rename' ? operation.from : operation.path
    const key = `${operation.call} ${path}`
    const number = (counts.get(key) ?? 0) + 1
    counts.set(key, number)
    return [{ call: operation.call, path, number }]
  })
}
