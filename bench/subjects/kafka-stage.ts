// Ours on Kafka: a topic, a no-op, a topic. The input is published, and the output's topic made, before the clock starts; what is committed in the output stops it.
import { connect, kafka, pipeline, topic } from 'batchwork'
import type { Copied, CopyPlaces, Copying } from '../kafka/copier.ts'
import { handOver, parametersOf } from '../measure/child.ts'
import { cpuSecondsOf } from '../measure/program.ts'
import { itemAt, ProcessedCount, type Item } from '../peers/item.ts'

async function copy({ broker, brokerPid }: CopyPlaces, { to, items }: Copying): Promise<Copied> {
  const [prefix, output] = to.split('.') as [string, string]
  const [taken, done] = [topic<Item>(`${output}-from`), topic<Item>(output, { keepFor: 'always' })]
  const processed = new ProcessedCount(items)
  const copying = pipeline(`copy-${output}`, flow => {
    flow.source(taken).work('work', async item => {
      processed.add(item.id)
      return item
    }).to(done)
  })
  await using client = await connect({ engine: kafka({ brokers: broker, prefix }) })
  await client.publishAll(taken, generated(items))
  // Makes the topic, as the benchmark does for the peers.
  await client.publishAll(done, [])
  const committed = Promise.withResolvers<void>()
  const [start, own, brokers] = [performance.now(), ...[process.pid, brokerPid].map(cpuSecondsOf)] as [number, number, number]
  const running = await client.start(copying, { onProgress: ({ stages: { work } }) => work!.done + work!.failed >= items && committed.resolve() })
  running.finished.catch(committed.reject)
  await committed.promise
  const copied = { seconds: (performance.now() - start) / 1000, cpuSeconds: cpuSecondsOf(process.pid) - own, brokerCpuSeconds: cpuSecondsOf(brokerPid) - brokers }
  const { balanced, stages } = await running.stop()
  processed.assertEachOnce()
  const { done: ended, failed, retried } = stages['work']!
  if (!balanced || ended !== items || failed + retried > 0) throw new Error(`The report says: balanced ${balanced}, done ${ended}, failed ${failed}, retried ${retried}; expected true, ${items}, 0, 0. The figures of this run are void.`)
  return copied
}

function* generated(items: number): Generator<Item> {
  for (let id = 0; id < items; id++) yield itemAt(id)
}

if (import.meta.main) {
  const places = parametersOf<CopyPlaces>()
  await copy(places, places.warmUp)
  handOver(await copy(places, places.measured))
}
