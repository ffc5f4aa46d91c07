// Publishes single items at an even pace, each told when its publishing began. Run by itself it is the other process of the latency benchmark.
import { connect, embedded, type Client } from 'batchwork'
import { setTimeout as delay } from 'node:timers/promises'
import { parametersOf, handOver } from '../measure/child.ts'
import { monotonicMs, timed } from './latency-pipeline.ts'

export interface Publishing {
  readonly folder: string
  readonly items: number
  readonly everyMs: number
}

/** Resolves to the milliseconds each publish took to be acknowledged. */
export async function publishEvenly(client: Client, { items, everyMs }: Publishing): Promise<readonly number[]> {
  const begin = monotonicMs()
  const acknowledged: Promise<number>[] = []
  for (let index = 0; index < items; index++) {
    await delay(Math.max(0, begin + index * everyMs - monotonicMs()))
    const publishedAtMs = monotonicMs()
    acknowledged.push(client.publish(timed, { publishedAtMs }).then(() => monotonicMs() - publishedAtMs))
  }
  return Promise.all(acknowledged)
}

if (import.meta.main) {
  const publishing = parametersOf<Publishing>()
  const client = await connect({ engine: embedded(publishing.folder, { durability: 'full' }) })
  const acknowledgedMs = await publishEvenly(client, publishing)
  await client[Symbol.asyncDispose]()
  handOver(acknowledgedMs)
}
