// Reads a topic of the engine as any consumer would who reads committed records only: from the beginning, each partition in order, and while it is written, if it follows.
import { kafkaTopic } from '../../../src/connectors/kafka/kafka-topic.ts'
import { Reading } from '../foreign-topic.ts'

/** Gives what is in its records, a chunk at a time, until the topic ends or the signal is aborted. */
export async function readAll<T>(address: string, topic: string, follow: boolean, take: (items: readonly T[]) => void, signal?: AbortSignal): Promise<void> {
  using reading = new Reading()
  signal?.addEventListener('abort', () => reading.stop(), { once: true })
  const source = kafkaTopic<readonly T[]>(address, topic, { follow })
  await Promise.all((await reading.splits(source)).map(async split => {
    for await (const records of source.readChunks!(split, undefined, reading)) for (const { item } of records) take(item)
  }))
}
