// The scaling policy on traces of what comes in, in simulated time: how the backlog goes, and what it costs in workers, beside a parallelism that stays.
import type { Bench } from './bench.ts'
import { backlogDrawing } from './report/backlog-drawing.ts'
import { QueueMeter } from '../src/queue/queue-meter.ts'
import { decideScaling } from '../src/policies/scaling.ts'

interface Trace {
  readonly name: string
  /** Items a second, and seconds an item, at a second of the trace. */
  readonly at: (second: number) => { readonly perSecond: number; readonly seconds: number }
}

const lengthSeconds = 1_800
const parallelismMax = 50
const headroom = 0.2
const drainMs = 60_000

const traces: readonly Trace[] = [
  { name: 'steady', at: () => ({ perSecond: 2, seconds: 4 }) },
  { name: 'bursts', at: second => ({ perSecond: second % 600 < 60 ? 8 : 1, seconds: 4 }) },
  { name: 'slow-down', at: second => ({ perSecond: 2, seconds: second >= 600 && second < 1_200 ? 12 : 4 }) },
]

const policies = [
  { name: 'auto', isScaled: true, parallelism: 2 },
  { name: 'fixed, for the mean', isScaled: false, parallelism: 10 },
  { name: 'fixed, for the peak', isScaled: false, parallelism: 40 },
] as const

interface Outcome {
  readonly backlog: readonly number[]
  readonly parallelism: readonly number[]
  readonly longestWaitSeconds: number
  readonly workerSeconds: number
}

function simulate(trace: Trace, { isScaled, parallelism: initial }: (typeof policies)[number]): Outcome {
  const meter = new QueueMeter()
  meter.listed(0)
  const waiting: number[] = []
  let running: { readonly began: number; readonly ends: number }[] = []
  const totals = { taken: 0, done: 0, attemptMsTotal: 0 }
  let [parallelism, owed, hasBacklogSince, longestWaitSeconds, workerSeconds] = [initial as number, 0, -1, 0, 0]
  const [backlog, chosen]: [number[], number[]] = [[], []]
  for (let second = 1; second <= lengthSeconds; second++) {
    const { perSecond, seconds } = trace.at(second)
    for (const { began, ends } of running) if (ends <= second) [totals.done, totals.attemptMsTotal] = [totals.done + 1, totals.attemptMsTotal + (ends - began) * 1_000]
    running = running.filter(({ ends }) => ends > second)
    owed += perSecond
    const arrived = Math.floor(owed)
    owed -= arrived
    for (let item = 0; item < arrived; item++) waiting.push(second)
    totals.taken += arrived
    meter.arrived(arrived, second * 1_000)
    while (running.length < parallelism && waiting.length > 0) {
      longestWaitSeconds = Math.max(longestWaitSeconds, second - waiting.shift()!)
      running.push({ began: second, ends: second + seconds })
    }
    workerSeconds += parallelism
    backlog.push(waiting.length)
    chosen.push(parallelism)
    if (!isScaled) continue
    const oldest = running.reduce((least, { began }) => Math.min(least, began), second)
    const rates = meter.measure({ ...totals, failed: 0, retried: 0, inFlight: running.length, waiting: waiting.length, attemptsEnded: totals.done, oldestAttemptMs: (second - oldest) * 1_000 }, second * 1_000)
    hasBacklogSince = waiting.length === 0 ? -1 : hasBacklogSince < 0 ? second : hasBacklogSince
    const drainWithinMs = hasBacklogSince < 0 ? drainMs : Math.max(1, drainMs - (second - hasBacklogSince) * 1_000)
    parallelism = decideScaling({ ...rates, backlog: waiting.length, parallelism }, { parallelismMax, headroom, drainWithinMs }).parallelism
  }
  return { backlog, parallelism: chosen, longestWaitSeconds, workerSeconds }
}

export const bench: Bench = {
  name: 'scaling',
  about: `The scaling policy of the work queue, in simulated time: ${lengthSeconds / 60} minutes of arrivals, at most ${parallelismMax} workers, a headroom of ${headroom * 100} %, a backlog to be gone in ${drainMs / 1_000} s.`,
  targets: [
    ...traces.map(({ name }) => ({ figure: `${name}: longest wait`, unit: 's', atMost: 90 })),
    ...traces.map(({ name }) => ({ figure: `${name}: worker time, of that for the peak`, unit: '%', atMost: 60 })),
  ],
  async run({ note }) {
    const figures: Record<string, number> = {}
    const rows: (string | number)[][] = []
    for (const trace of traces) {
      note(`scaling: ${trace.name}`)
      const outcomes = policies.map(policy => ({ policy, outcome: simulate(trace, policy) }))
      const peak = outcomes.at(-1)!.outcome.workerSeconds
      for (const { policy, outcome } of outcomes) {
        rows.push([trace.name, policy.name, backlogDrawing(outcome.backlog), Math.max(...outcome.backlog), `${outcome.longestWaitSeconds} s`, Math.max(...outcome.parallelism), `${Math.round(outcome.workerSeconds / 60)} min`])
      }
      const [{ outcome }] = outcomes as [(typeof outcomes)[number]]
      figures[`${trace.name}: longest wait`] = outcome.longestWaitSeconds
      figures[`${trace.name}: worker time, of that for the peak`] = (outcome.workerSeconds / peak) * 100
    }
    return { tables: [{ title: 'Backlog over the time', columns: ['trace', 'parallelism', 'backlog', 'most', 'longest wait', 'workers at most', 'worker time'], rows }], figures }
  },
}
