// From publish to the start of the worker with nothing else to do, durable: in one process, and from one process to another.
import { sized, type Bench } from './bench.ts'
import { alternate, loadOf, medianOf, percentile } from './measure/alternate.ts'
import { inChild } from './measure/child.ts'
import type { Latencies, Receiving } from './subjects/receiver.ts'

const publishes = 1_000
const everyMs = 10
const origins: readonly Receiving['from'][] = ['same process', 'another process']

export const bench: Bench = {
  name: 'latency',
  about: `Single publishes ${everyMs} ms apart, synced before they are worked on, with nothing else to do; the first 100 are not counted.`,
  targets: origins.flatMap(from => [
    { figure: `p50, ${from}`, unit: 'ms', atMost: 3 },
    { figure: `p99, ${from}`, unit: 'ms', atMost: 10 },
  ]),
  async run({ share, rounds, note }) {
    const items = sized(publishes, share, 100)
    const contenders = origins.map(from => ({ name: from, measure: () => inChild<Latencies>('receiver', { items, everyMs, from } satisfies Receiving) }))
    const results = await alternate(contenders, rounds, text => note(`latency: ${text}`))
    const at = (result: (typeof results)[number], share: number, of: keyof Latencies = 'toWorkerMs') => medianOf(result, run => percentile(run[of], share))
    return {
      tables: [{
        title: `ms; medians of alternating rounds of ${items}`,
        columns: ['published from', 'p50', 'p90', 'p99', 'most', 'p50 until acknowledged', 'p99 until acknowledged', 'load'],
        rows: results.map(result => [
          result.name, ...[0.5, 0.9, 0.99, 1].map(share => at(result, share).toFixed(2)), ...[0.5, 0.99].map(share => at(result, share, 'toAcknowledgementMs').toFixed(2)), loadOf(result),
        ]),
      }],
      figures: Object.fromEntries(results.flatMap(result => [[`p50, ${result.name}`, at(result, 0.5)], [`p99, ${result.name}`, at(result, 0.99)]])),
    }
  },
}
