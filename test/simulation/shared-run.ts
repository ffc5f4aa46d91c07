// One seed of a run that several processes share: they come, leave, are killed, are taken for dead and get another share at any moment, on a log that
// does what Kafka does. Then nothing goes wrong any more, and the run must end with every item there once.
import { clientOn, type RunReport } from '../../src/client/client.ts'
import type { Clock } from '../../src/clock.ts'
import { inlineExecutor } from '../../src/executors/inline.ts'
import { likeKafka, MemoryLog, MemoryStore } from '../../src/logs/memory/memory-log.ts'
import type { GroupOwnership } from '../../src/logs/memory/group-ownership.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { sharedPipeline, type Shape } from './shared-shape.ts'

interface Outcome {
  readonly report: RunReport<any>
  readonly results: readonly unknown[]
  readonly totals: readonly unknown[]
  readonly failures: readonly unknown[]
}

export interface SharedRun extends Outcome {
  readonly shape: Shape
  /** What went wrong, as it came. */
  readonly events: readonly string[]
}

const processesMax = 4
const stillMs = 60_000

interface Living {
  readonly name: number
  readonly log: MemoryLog
  readonly stop: () => void
  readonly finished: Promise<RunReport<any>>
  die(): void
}

export async function sharedRun(seed: number, eventsMax = 30): Promise<SharedRun> {
  const random = generator(seed)
  const upTo = (max: number) => Math.floor(random() * max)
  const stuck = Promise.withResolvers<never>()
  stuck.promise.catch(() => {})
  let timers = 0
  let isOpen = true
  const clock = new VirtualClock({ startAt: Date.UTC(2026, 0, 1), rank: () => timers++, onIdle: () => isOpen && stuck.reject(new Error('nothing can go on, and the run has not ended')), onError: error => stuck.reject(error), timersMax: 3_000_000 })
  const store = new MemoryStore({ ...likeKafka, clock, random, parts: 1 + upTo(5), delayMsMax: 1 + upTo(40) })
  const shape = sharedPipeline({ random, upTo, clock })
  const living = new Set<Living>()
  const events: string[] = []
  const sleep = (ms: number) => Promise.race([new Promise<void>(resolve => clock.after(ms, resolve)), stuck.promise])
  let names = 0
  let ended: Outcome | undefined

  const begin = async () => {
    const name = ++names
    let isDead = false
    const log = new MemoryLog(store)
    const mortal: Clock = { now: () => clock.now(), monotonic: () => clock.monotonic(), after: (ms, callback) => clock.after(ms, () => { if (!isDead) callback() }) }
    const client = clientOn(log, { clock: mortal, random, executorFor: ({ worker }, capacity) => inlineExecutor(worker as never, capacity), onMessage: () => {} })
    const running = client.begin(shape.pipeline, {}, false)
    const process: Living = {
      name, log,
      stop: () => void running.then(each => each.stop({ grace: '1s' })).catch(() => {}),
      finished: running.then(each => each.finished),
      die: () => {
        isDead = true
        living.delete(process)
        log.crash()
      },
    }
    living.add(process)
    process.finished.then(async report => {
      if (isDead) return
      events.push(`${name} ended: ${report.outcome}`)
      living.delete(process)
      if (report.outcome !== 'stopped') ended ??= await lookAt(report)
      else if (report.reasons.some(reason => reason.includes('stays shut'))) shape.mend()
      await log.close()
    }).catch(error => {
      if (isDead) return
      living.delete(process)
      events.push(`${name} failed: ${String(error)}`)
      if (!/CRASHED|crashed|OUTCOME_UNKNOWN|acknowledgement/.test(String((error as { code?: string }).code) + String(error))) stuck.reject(error)
      log.crash()
    })
  }

  const happen = async () => {
    const all = [...living]
    const one = all[upTo(all.length)]
    const kind = upTo(6)
    if (!one || (kind <= 1 && all.length < processesMax)) {
      events.push(`${names + 1} begins`)
      return begin()
    }
    events.push(`${one.name} ${['', 'rebalances', 'crashes', 'is taken for dead', 'is stopped', 'rebalances'][kind]}`)
    if (kind === 2) one.die()
    else if (kind === 3) one.log.expel()
    else if (kind === 4) one.stop()
    else (store.ownership as GroupOwnership).rebalance('shared/1')
  }

  const course = async (): Promise<Outcome> => {
    for (let count = upTo(eventsMax); count > 0 && !ended; count--) {
      await happen()
      await sleep(upTo(600))
    }
    for (let waited = 0; !ended; waited += 50) {
      if (living.size === 0) {
        events.push(`${names + 1} begins, undisturbed`)
        await begin()
      }
      if (waited > stillMs * 60) throw new Error('the run does not end')
      await sleep(50)
    }
    return ended
  }

  try {
    return { ...(await Promise.race([course(), stuck.promise])), shape, events }
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n${events.join('\n')}\n${shape.text}`, { cause: error })
  } finally {
    isOpen = false
    clock.stop()
  }
}

async function lookAt(report: RunReport<any>): Promise<Outcome> {
  const [results, totals, failures] = await Promise.all([collected(report.read('results')), collected(report.read('totals')), collected(report.failures())])
  return { report, results, totals, failures }
}

async function collected(items: AsyncIterable<any>): Promise<any[]> {
  const all: any[] = []
  for await (const item of items) all.push(item)
  return all
}
