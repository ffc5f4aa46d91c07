// What it costs to give items ids, by which duplicates are dropped within a day: publishing alone, and end to end.
import { sized, type Bench } from './bench.ts'
import { alternate, loadOf, medianOf } from './measure/alternate.ts'
import { inChild } from './measure/child.ts'
import type { NoOpQueue, NoOpQueueRun } from './subjects/no-op-queue.ts'
import type { Publishing, PublishingRun } from './subjects/publishing.ts'

const items = 1_000_000
const kinds: readonly Publishing['ids'][] = ['none', 'new', 'all duplicates']

export const bench: Bench = {
  name: 'id-cost',
  about: 'publishAll to a topic with an id such as order-123456, and without. The index of ids keeps each for a day.',
  targets: [],
  async run({ share, rounds, note }) {
    const count = sized(items, share, 20_000)
    const publishing = await alternate(kinds.map(ids => ({ name: ids, measure: () => inChild<PublishingRun>('publishing', { ids, items: count } satisfies Publishing) })), rounds, text => note(`id-cost, ids ${text}`))
    const endToEnd = await alternate([false, true].map(withIds => ({ name: withIds ? 'new' : 'none', measure: () => inChild<NoOpQueueRun>('no-op-queue', { items: count, withIds } satisfies NoOpQueue) })), rounds, text => note(`id-cost, end to end, ids ${text}`))
    const rates = publishing.map(result => medianOf(result, ({ seconds }) => count / seconds))
    const bytes = publishing.map(result => medianOf(result, ({ storeBytes }) => storeBytes / count))
    const endRates = endToEnd.map(result => medianOf(result, ({ seconds }) => count / seconds))
    return {
      tables: [
        {
          title: `Publishing ${count} items alone, medians`, columns: ['ids', 'items/s', 'of none', 'last tenth : first tenth, time', 'store bytes/item', 'load'],
          rows: publishing.map((result, index) => [
            result.name, Math.round(rates[index]!), percent(rates[index]! / rates[0]!), medianOf(result, ({ tenths }) => tenths.at(-1)! / tenths[0]!).toFixed(2), bytes[index]!.toFixed(0), loadOf(result),
          ]),
        },
        {
          title: 'Append, process and acknowledge, medians', columns: ['ids', 'items/s', 'of none', 'CPU us/item', 'load'],
          rows: endToEnd.map((result, index) => [result.name, Math.round(endRates[index]!), percent(endRates[index]! / endRates[0]!), medianOf(result, run => (run.cpuSeconds / run.items) * 1e6).toFixed(2), loadOf(result)]),
        },
      ],
      figures: {
        'publishing with ids, share of without': (rates[1]! / rates[0]!) * 100,
        'end to end with ids, share of without': (endRates[1]! / endRates[0]!) * 100,
        'store bytes an id': bytes[1]! - bytes[0]!,
      },
    }
  },
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
