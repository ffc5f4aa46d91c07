// A pipeline with nothing else to do: how long single items take from publish to their worker, from this process or from another.
import { connect, embedded } from 'batchwork'
import { inChild, parametersOf, handOver } from '../measure/child.ts'
import { inFreshFolder } from '../measure/folder.ts'
import { latencyPipeline } from './latency-pipeline.ts'
import { publishEvenly, type Publishing } from './publisher.ts'

export interface Receiving {
  readonly items: number
  readonly everyMs: number
  readonly from: 'same process' | 'another process'
}

export interface Latencies {
  readonly toWorkerMs: readonly number[]
  readonly toAcknowledgementMs: readonly number[]
}

const warmUpItems = 100

async function measure(folder: string, { items, everyMs, from }: Receiving): Promise<Latencies> {
  const latencies: number[] = []
  const all = Promise.withResolvers<void>()
  await using client = await connect({ engine: embedded(folder, { durability: 'full' }) })
  await using running = await client.start(latencyPipeline(latencyMs => {
    if (latencies.push(latencyMs) === items + warmUpItems) all.resolve()
  }))
  running.finished.catch(all.reject)
  const publishing: Publishing = { folder, items: items + warmUpItems, everyMs }
  const acknowledged = from === 'same process' ? await publishEvenly(client, publishing) : await inChild<number[]>('publisher', publishing)
  await all.promise
  return { toWorkerMs: latencies.slice(warmUpItems), toAcknowledgementMs: acknowledged.slice(warmUpItems) }
}

const setting = parametersOf<Receiving>()
handOver(await inFreshFolder(folder => measure(folder, setting)))
