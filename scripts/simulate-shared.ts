// Simulates runs that several processes share, under everything that happens to processes, as many seeds as one likes:
//   node scripts/simulate-shared.ts --seeds 10000 --from 1 [--within 60] [--json] [--stop-at-failure]
//   node scripts/simulate-shared.ts --seed 1234   one seed again, with what happened in it
import { setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { judge } from '../test/simulation/shared-verdict.ts'
import { sharedRun, type SharedRun } from '../test/simulation/shared-run.ts'

export interface SharedSummary {
  readonly seeds: number
  readonly failed: readonly { readonly seed: number; readonly message: string }[]
  readonly commits: number
  readonly processes: number
  /** In how many seeds each came about. */
  readonly happenings: Readonly<Record<string, number>>
}

const { values: options } = parseArgs({
  options: {
    'seed': { type: 'string' }, 'seeds': { type: 'string', default: '1000' }, 'from': { type: 'string', default: '1' }, 'within': { type: 'string' },
    'json': { type: 'boolean', default: false }, 'stop-at-failure': { type: 'boolean', default: false }, 'nice': { type: 'string' },
  },
})

const progressEvery = 500

// Errors are thrown by the thousand, and their stacks are of no use to anyone.
Error.stackTraceLimit = 0
if (options.nice !== undefined) setPriority(Number(options.nice))
if (options.seed === undefined) await sweep(wholeNumber('from', options.from), wholeNumber('seeds', options.seeds))
else await replay(wholeNumber('seed', options.seed))

async function sweep(from: number, count: number): Promise<void> {
  const started = performance.now()
  const untilMs = options.within === undefined ? Infinity : started + wholeNumber('within', options.within) * 1_000
  const failed: { readonly seed: number; readonly message: string }[] = []
  const happenings: Record<string, number> = {}
  let [seeds, commits, processes] = [0, 0, 0]
  for (let seed = from; seed < from + count && performance.now() < untilMs && !(options['stop-at-failure'] && failed.length > 0); seed++) {
    if (!options.json && seeds > 0 && seeds % progressEvery === 0) console.error(`${seeds} of ${count} seeds, ${failed.length} failed`)
    seeds++
    try {
      const run = await tried(seed)
      commits += run.commits
      processes += run.processes
      for (const happening of happeningsOf(run)) happenings[happening] = (happenings[happening] ?? 0) + 1
    } catch (error) {
      failed.push({ seed, message: (error as Error).message })
      if (!options.json) console.log(`${(error as Error).message}\n  replay: node scripts/simulate-shared.ts --seed ${seed}\n`)
    }
  }
  const summary: SharedSummary = { seeds, failed, commits, processes, happenings }
  console.log(options.json ? JSON.stringify(summary) : `${seeds} seeds in ${((performance.now() - started) / 1_000).toFixed(1)} s: ${commits} commits by ${processes} processes, ${failed.length} failed\n${JSON.stringify(happenings)}`)
  if (failed.length > 0) process.exitCode = 1
}

async function replay(seed: number): Promise<void> {
  try {
    const { events, shape, commits } = await tried(seed)
    console.log(`${events.join('\n')}\n${JSON.stringify(shape)}\nholds, after ${commits} commits`)
  } catch (error) {
    console.log((error as Error).message)
    process.exitCode = 1
  }
}

/** Throws what is wrong. */
async function tried(seed: number): Promise<SharedRun> {
  const run = await sharedRun(seed)
  try {
    judge(run)
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${run.events.join('\n')}\n${JSON.stringify(run.shape)}`, { cause: error })
  }
  return run
}

function happeningsOf({ shape, events }: SharedRun): ReadonlySet<string> {
  const said = events.flatMap(event => /begins for|is stopped|crashes|is taken for dead|stands still for long|stands still|rebalances|waits for one|waits no more|stays shut|tolerates|acknowledgement|asks to \w+|[1-9]\d* are sent back|is mended/.exec(event)?.[0].replace(/^\d+/, 'some') ?? [])
  return new Set([...said, ...shape.steps, ...shape.ends, shape.source, ...(shape.isEndless ? ['endless'] : []), ...(shape.lateCount > 0 ? ['published late'] : []), ...(shape.readsFailed && shape.poisons.length > 0 ? ['failures read'] : [])])
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${option} is '${text}', but must be a whole number`)
  process.exit(64)
}
