// One durable stage between a topic and nothing, measured from start to the commit of the last item, with every item accounted for.
import { connect, embedded, pipeline, topic, type Client, type Topic, type Worker } from 'batchwork'
import { ProcessedCount, type Item } from '../peers/item.ts'

export interface StageRun {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly appendSeconds: number
  /** From the last commit until the run had stopped and its balance was recounted from the log. */
  readonly stopSeconds: number
}

export interface StageSetting {
  readonly folder: string
  readonly items: number
  readonly concurrency?: number | undefined
  readonly id?: ((item: Item) => number) | undefined
  /** Tells of each item when it is done with it, as the workers of the peers do: one call an item. */
  readonly worker: (processed: ProcessedCount) => Worker<Item, unknown>
  /** Stores all items: before the clock starts, or while the stage works. */
  readonly publish: (client: Client, items: Topic<Item>) => Promise<unknown>
  readonly publishes: 'before' | 'meanwhile'
}

export async function runStage({ folder, items, concurrency, id, worker, publish, publishes }: StageSetting): Promise<StageRun> {
  const processed = new ProcessedCount(items)
  const input = topic<Item>('items', { id })
  const stage = pipeline('bench', flow => {
    flow.source(input).work('work', worker(processed), { concurrency })
  })
  await using client = await connect({ engine: embedded(folder, { durability: 'full' }) })
  if (publishes === 'before') await publish(client, input)
  const committed = Promise.withResolvers<void>()
  const start = performance.now()
  const cpuStart = process.cpuUsage()
  const running = await client.start(stage, {
    onProgress: ({ stages }) => { // counts that are committed
      const { done, failed } = stages['work']!
      if (done + failed >= items) committed.resolve()
    },
  })
  running.finished.catch(committed.reject)
  const appendSeconds = publishes === 'meanwhile' ? await secondsOf(publish(client, input)) : 0
  await committed.promise
  const end = performance.now()
  const { user, system } = process.cpuUsage(cpuStart)
  const report = await running.stop()
  assertBalanced(report, items)
  processed.assertEachOnce()
  return { seconds: (end - start) / 1000, cpuSeconds: (user + system) / 1e6, appendSeconds, stopSeconds: (performance.now() - end) / 1000 }
}

function assertBalanced({ balanced, stages }: Awaited<ReturnType<Client['run']>>, items: number): void {
  const { in: taken, done, failed, retried } = stages['work']!
  if (balanced && taken === items && done === items && failed === 0 && retried === 0) return
  throw new Error(`The report says balanced ${balanced}, in ${taken}, done ${done}, failed ${failed}, retried ${retried}; expected true, ${items}, ${items}, 0, 0. The figures of this run are void.`)
}

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work
  return (performance.now() - start) / 1000
}
