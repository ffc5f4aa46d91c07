// Simulates random pipelines under random faults, as many as one likes, in as many processes as there are cores:
//   node scripts/simulate.ts --seeds 1000000 --from 1 --workers auto [--json]
//   node scripts/simulate.ts --seeds 10000 --within 60   as many of them as can be begun in a minute
//   node scripts/simulate.ts --seed 1234        one seed again; what fails is made small
import { fork, type ChildProcess } from 'node:child_process'
import { availableParallelism, setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { phases } from '../src/testing/coverage.ts'
import { allFaults } from '../src/testing/faults.ts'
import { describeShape } from '../test/simulation/describe.ts'
import { allHappenings } from '../test/simulation/happenings.ts'
import { scenarioOf, tried } from '../test/simulation/scenario.ts'
import { shrunk } from '../test/simulation/shrink.ts'
import { gapsIn, sweep, Tally, type Failed, type SeedRange, type Summary } from '../test/simulation/sweep.ts'

const { values: options } = parseArgs({
  options: {
    'seed': { type: 'string' }, 'seeds': { type: 'string', default: '1000' }, 'from': { type: 'string', default: '1' }, 'workers': { type: 'string', default: 'auto' },
    'json': { type: 'boolean', default: false }, 'stop-at-failure': { type: 'boolean', default: false }, 'nice': { type: 'string' }, 'within': { type: 'string' },
  },
})

/** Seeds that a worker process is given at a time. */
const seedsPerTurn = 200
const progressEveryMs = 5_000

// Errors are thrown by the thousand, and their stacks are of no use to anyone.
Error.stackTraceLimit = 0
if (options.nice !== undefined) setPriority(Number(options.nice))
if (process.send) serve()
else if (options.seed === undefined) await sweepAll({ from: wholeNumber('from', options.from), count: wholeNumber('seeds', options.seeds) })
else await replay(wholeNumber('seed', options.seed))

/** A worker: takes ranges of seeds, and gives a summary of each. */
function serve(): void {
  process.on('message', (range: SeedRange) => {
    void sweep(range, { stopsAtFailure: options['stop-at-failure'] }).then(summary => process.send!(summary))
  })
}

async function sweepAll({ from, count }: SeedRange): Promise<void> {
  const started = performance.now()
  const tally = new Tally()
  let next = from
  const untilMs = options.within === undefined ? Infinity : started + wholeNumber('within', options.within) * 1_000
  const take = (): SeedRange | undefined => {
    if (next >= from + count || performance.now() >= untilMs || (options['stop-at-failure'] && tally.hasFailed)) return undefined
    const range = { from: next, count: Math.min(seedsPerTurn, from + count - next) }
    next += range.count
    return range
  }
  const seconds = () => (performance.now() - started) / 1_000
  const note = (summary: Summary) => {
    tally.merge(summary)
    for (const failed of summary.failed) console.error(failureText(failed))
  }
  const progress = options.json ? undefined : setInterval(() => console.error(`${tally.summary.seeds} of ${count} seeds, ${Math.round(tally.summary.seeds / seconds())}/s, ${tally.summary.failed.length} failed`), progressEveryMs)
  const workers = options.workers === 'auto' ? availableParallelism() : wholeNumber('workers', options.workers)
  if (workers === 1) for (let range = take(); range; range = take()) note(await sweep(range, { stopsAtFailure: options['stop-at-failure'] }))
  else await Promise.all(Array.from({ length: workers }, () => work(take, note)))
  clearInterval(progress)
  report(tally.summary, seconds())
}

/** One worker process, until there is nothing left to take. */
function work(take: () => SeedRange | undefined, note: (summary: Summary) => void): Promise<void> {
  const child: ChildProcess = fork(import.meta.filename, process.argv.slice(2))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const give = (): void => {
    const range = take()
    if (range) child.send(range)
    else child.disconnect()
  }
  child.on('message', (summary: Summary) => {
    note(summary)
    give()
  })
  child.on('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`a worker of the simulation ended with ${code ?? signal}`))))
  give()
  return promise
}

function report(summary: Summary, seconds: number): void {
  const gaps = gapsIn(summary)
  if (options.json) console.log(JSON.stringify({ ...summary, gaps, seconds: Math.round(seconds * 10) / 10, seedsPerSecond: Math.round(summary.seeds / seconds) }))
  else {
    const { seeds, failed, commits, crashes, processes, deadLetters, outcomes } = summary
    console.log(`${seeds} seeds in ${seconds.toFixed(1)} s (${Math.round(seeds / seconds)}/s): ${commits} commits by ${processes} processes, ${crashes} crashes, ${deadLetters} dead letters; ${Object.entries(outcomes).map(([outcome, times]) => `${times} ${outcome}`).join(', ')}`)
    console.log(tableOf(summary))
    for (const happening of allHappenings) console.log(`${happening}: in ${summary.happenings[happening] ?? 0} seeds`)
    for (const gap of gaps) console.log(`never: ${gap}`)
    console.log(failed.length === 0 ? 'every promise held' : `${failed.length} seeds failed: ${failed.slice(0, 20).map(({ seed }) => seed).join(', ')}`)
  }
  if (summary.failed.length > 0 || gaps.length > 0) process.exitCode = 1
}

function tableOf({ coverage }: Summary): string {
  const rows = allFaults.map(fault => [fault.padEnd(15), ...phases.map(phase => String(coverage[fault]?.[phase] ?? 0).padStart(10))].join(''))
  return [['strikes'.padEnd(15), ...phases.map(phase => phase.padStart(10))].join(''), ...rows].join('\n')
}

async function replay(seed: number): Promise<void> {
  const scenario = scenarioOf(seed)
  console.log(`seed ${seed}, faults ${scenario.faults.join(', ')}\n  ${describeShape(scenario.shape)}`)
  try {
    const { outcome, commits, processes, trace } = await tried(scenario)
    console.log(`holds: ${outcome} after ${commits} commits by ${processes} processes, trace ${trace.slice(0, 16)}`)
  } catch (error) {
    const small = await shrunk(scenario)
    const message = await tried(small).then(() => error as Error, (smaller: Error) => smaller)
    console.log(`fails: ${(error as Error).message}\nshrunk to faults ${small.faults.join(', ')}\n  ${describeShape(small.shape)}\n  ${message.message}`)
    process.exitCode = 1
  }
}

function failureText({ seed, faults, message }: Failed): string {
  return `seed ${seed} fails, faults ${faults.join(', ')}\n  ${message.split('\n').join('\n  ')}\n  replay: npm run simulate -- --seed ${seed}`
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${option} is '${text}', but must be a whole number`)
  process.exit(64)
}
