// What an item costs, and what memory is used, at a million items and at ten million.
import { sized, type Bench } from './bench.ts'
import { alternate, loadOf, medianOf, percentile } from './measure/alternate.ts'
import { inChild } from './measure/child.ts'
import type { NoOpQueueRun } from './subjects/no-op-queue.ts'

const small = 1_000_000
const large = 10_000_000

export const bench: Bench = {
  name: 'scale',
  about: 'The same durable stage as in queue, at a million items and at ten million. A warm-up of 3,000,000 items comes first, in the same process. The accounting of the benchmark itself takes one bit an item of the memory.',
  targets: [
    { figure: 'CPU per item, change', unit: '%', atMost: 10 },
    { figure: 'wall time per item, change', unit: '%', atMost: 10 },
    { figure: 'peak memory, difference', unit: 'MB', atMost: 64 },
  ],
  async run({ share, rounds, note }) {
    const sizes = [sized(small, share, 20_000), sized(large, share, 200_000)]
    // By then the heaps of both threads have their working size; what grows after that grows with the queue.
    const warmUpItems = sized(3_000_000, share, 60_000)
    const results = await alternate(
      sizes.map(items => ({ name: `${items} items`, measure: () => inChild<NoOpQueueRun>('no-op-queue', { items, warmUpItems }) })),
      rounds, text => note(`scale: ${text}`),
    )
    const [few, many] = results.map(result => ({
      cpuMicroseconds: medianOf(result, run => (run.cpuSeconds / run.items) * 1e6),
      wallMicroseconds: medianOf(result, run => (run.seconds / run.items) * 1e6),
      peakMb: medianOf(result, run => run.peakMb),
      halfMb: medianOf(result, run => percentile(run.residentMb, 0.5)),
      load: loadOf(result),
    }))
    return {
      tables: [
        {
          title: 'Cost', columns: ['items', 'CPU us/item', 'wall us/item', 'peak MB', 'median MB', 'load'],
          rows: [few!, many!].map((result, index) => [sizes[index]!, result.cpuMicroseconds.toFixed(2), result.wallMicroseconds.toFixed(2), result.peakMb.toFixed(0), result.halfMb.toFixed(0), result.load]),
        },
        {
          title: 'Resident memory over the run in MB: its most within each tenth of the time, median of rounds', columns: ['items', ...Array.from({ length: 10 }, (_, tenth) => `${tenth + 1}`)],
          rows: results.map(result => [result.name, ...tenths().map(tenth => medianOf(result, run => mostIn(run.residentMb, tenth)).toFixed(0))]),
        },
      ],
      figures: {
        'CPU per item, change': change(few!.cpuMicroseconds, many!.cpuMicroseconds),
        'wall time per item, change': change(few!.wallMicroseconds, many!.wallMicroseconds),
        'peak memory, difference': many!.peakMb - few!.peakMb,
      },
    }
  },
}

function tenths(): readonly number[] {
  return Array.from({ length: 10 }, (_, tenth) => tenth)
}

function mostIn(samples: readonly number[], tenth: number): number {
  const at = (part: number) => Math.floor((part * samples.length) / 10)
  return Math.max(...samples.slice(at(tenth), Math.max(at(tenth) + 1, at(tenth + 1))))
}

/** In per cent of the smaller size's; getting cheaper is no miss. */
function change(from: number, to: number): number {
  return (to / from - 1) * 100
}
