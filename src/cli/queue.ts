// `queue`: source, executor and manager put together, shown, and ended in good order.
import { BatchworkError } from '../model/errors.ts'
import { realClock } from '../client/real-clock.ts'
import type { QueueExecutor } from '../queue/queue-executor.ts'
import { WorkQueue } from '../queue/work-queue.ts'
import { exitCodes } from './exit-codes.ts'
import { Interruption } from './interruption.ts'
import { countOf } from './quantities.ts'
import { queueDisplayFor, type QueueDisplay } from './queue-display.ts'
import { clusterExecutor, processExecutor, sourceOf } from './queue-executors.ts'
import { settingsOf, type QueueFlags, type QueueSettings } from './queue-settings.ts'
import { queueReport } from './queue-summary.ts'
import { engineShown, openOrMakeStore } from './store.ts'

/** Gives the exit code. */
export async function runQueue(flags: QueueFlags): Promise<number> {
  const settings = settingsOf(flags)
  const interruption = new Interruption()
  const display = queueDisplayFor(flags)
  const source = await sourceOf(flags)
  const log = settings.isOnKubernetes ? undefined : await openOrMakeStore(flags)
  try {
    const executor = log ? await processExecutor(flags, settings, log) : await clusterExecutor(flags, settings)
    const { pollMs, parallelism, scaling, isBounded } = settings
    const queue = new WorkQueue({ source, executor, clock: realClock, parallelism, scaling, pollMs, once: isBounded, onMessage: message => display.message(message) })
    display.begin({ name: flags.name, source: source.description, place: log ? `store ${engineShown(flags)}` : 'Kubernetes' })
    return await carryOn({ queue, executor, display, interruption, settings, flags })
  } finally {
    display.end()
    await source.close()
    await log?.close().catch(() => {})
  }
}

interface Going {
  readonly queue: WorkQueue
  readonly executor: QueueExecutor
  readonly display: QueueDisplay
  readonly interruption: Interruption
  readonly settings: QueueSettings
  readonly flags: QueueFlags
}

async function carryOn(going: Going): Promise<number> {
  const { queue, executor, display, interruption, settings, flags } = going
  const began = performance.now()
  let graceMs = settings.graceMs
  const atOnce = () => {
    graceMs = 0
    return executor.close(0)
  }
  interruption.guard({ drain: () => drain(going), stopAtOnce: async () => atOnce() })
  const metrics = flags.metrics === undefined ? undefined : await (await import('./queue-metrics.ts')).serveMetrics(flags.metrics, flags.name, () => queue.status)
  try {
    display.watch(() => (queue.isStarted ? queue.status : undefined))
    const ending = await queue.run()
    await executor.close(graceMs)
    display.end()
    const report = await queueReport(executor, { flags, ending, elapsedMs: performance.now() - began })
    const code = ending === 'stopped' ? interruption.exitCode : report.failed > 0 ? exitCodes.itemsSetAside : exitCodes.complete
    report.print(display, code)
    return code
  } catch (error) {
    await executor.close(0).catch(() => {})
    throw error instanceof Error ? error : new BatchworkError('QUEUE', String(error))
  } finally {
    await metrics?.close()
  }
}

function drain({ queue, executor, display, settings }: Going): void {
  const atWork = queue.isStarted ? executor.counts.inFlight : 0
  display.note(atWork === 0 ? 'Stopping.' : `Stopping: ${countOf(atWork, 'item')} at work may finish (${settings.graceMs / 1_000} s). Ctrl-C again stops at once.`)
  queue.stop()
}
