// A million no-op items of about 100 bytes: append, process and acknowledge, beside the peers and the bare prototype in the same rounds.
import { sized, type Bench, type Table } from './bench.ts'
import { inChild } from './measure/child.ts'
import { loadNow, thisMachine } from './measure/machine.ts'
import { runPeers, type Contender, type ContenderResult } from './peers/run.ts'
import type { NoOpQueueRun } from './subjects/no-op-queue.ts'

const items = 1_000_000
/** Rivals get fewer items: at their rates a million would take minutes a round, and none gets faster with more. */
const peerItems = 100_000
const ours = 'batchwork'

export const bench: Bench = {
  name: 'queue',
  about: 'No-op items of about 100 bytes through one durable stage, append to acknowledged, publishing and processing at once, each item checked to be processed once.',
  targets: [
    { figure: 'times the best peer', unit: 'times', atLeast: 30 },
    { figure: 'share of the bare prototype', unit: '%', atLeast: 60 },
  ],
  async run({ share, rounds, note }) {
    note(`queue: ${rounds} rounds of all contenders`)
    const results = await runPeers({
      rounds, items: sized(peerItems, share, 2_000), bareItems: sized(items, share, 20_000),
      beside: [batchwork(sized(items, share, 20_000), note)],
    })
    const rateOf = (name: string) => results.find(result => result.name === name)!.itemsPerSecond
    const rivals = results.filter(({ name }) => name !== ours && name !== 'bare')
    return {
      tables: [tableOf(results, rateOf)],
      figures: {
        'items per second': rateOf(ours),
        'times the best peer': rateOf(ours) / best(rivals),
        'times the best peer that syncs': rateOf(ours) / best(rivals.filter(({ settings }) => isSynced(settings))),
        'share of the bare prototype': (rateOf(ours) / rateOf('bare')) * 100,
      },
    }
  },
}

function batchwork(count: number, note: (text: string) => void): Contender {
  const { batchwork: version, node, sqlite } = thisMachine()
  return {
    name: ours,
    async measure() {
      const run = await inChild<NoOpQueueRun>('no-op-queue', { items: count })
      note(`batchwork: ${Math.round(count / run.seconds)} items/s, load average ${loadNow()}`)
      const settings = "connect, topic, publishAll, start; embedded, durability 'full' (SQLite WAL synchronous=FULL, synced before each acknowledgement); defaults; every outcome recorded, balance recounted"
      return { version: `${version}, Node ${node}, SQLite ${sqlite}`, settings, items: count, seconds: run.seconds, appendSeconds: run.appendSeconds }
    },
  }
}

/** By what the peers' own settings say: two of them may lose acknowledged items when the power fails. */
function isSynced(settings: string): boolean {
  return !/everysec|NOT synced/.test(settings)
}

function best(results: readonly ContenderResult[]): number {
  return Math.max(...results.map(({ itemsPerSecond }) => itemsPerSecond))
}

function tableOf(results: readonly ContenderResult[], rateOf: (name: string) => number): Table {
  const thousands = (rate: number) => (rate / 1000).toFixed(1)
  return {
    title: 'Medians of alternating rounds',
    columns: ['contender', 'k items/s', 'range', 'ours : theirs', 'synced before acknowledging', 'items', 'version', 'settings'],
    rows: results.map(({ name, itemsPerSecond, itemsPerSecondByRound: byRound, items: count, version, settings }) => [
      name, thousands(itemsPerSecond), `${thousands(Math.min(...byRound))}-${thousands(Math.max(...byRound))}`,
      (rateOf(ours) / itemsPerSecond).toFixed(2), isSynced(settings) ? 'yes' : 'no', count, version, settings,
    ]),
  }
}
