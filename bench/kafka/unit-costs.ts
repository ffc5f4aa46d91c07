// What a cluster of workers is made of, one by one, for the paper in docs/performance.md: partitions made, members that join, commits of many processes at once, state read anew.
// node bench/kafka/unit-costs.ts [host:port]; without an address on a broker of its own.
import { randomUUID } from 'node:crypto'
import type { Owner } from '../../src/log.ts'
import { openKafka, type KafkaLog } from '../../src/logs/kafka/kafka-log.ts'
import { encodeItems } from '../../src/model/items.ts'
import { withBroker } from './broker.ts'

async function measure(address: string): Promise<void> {
  const open = (prefix: string) => openKafka(`kafka://${address}/${prefix}`)
  for (const partitions of [100, 1_000]) await withLogs(1, open, async ([log]) => say(`${partitions} partitions made`, await timed(() => log!.createTopics([{ name: 'many', partitions, subscriptions: [] }]))))
  for (const members of [2, 10, 50]) await withLogs(members, open, joined)
  for (const processes of [1, 4, 16]) await withLogs(processes, open, committed)
  await withLogs(1, open, restored)
}

async function joined(logs: readonly KafkaLog[], again: () => Promise<KafkaLog>): Promise<void> {
  await logs[0]!.createTopics([{ name: 'lanes', partitions: 2 * logs.length, subscriptions: [] }])
  const members = logs.map(log => new Taking(log))
  const ms = await timed(async () => {
    for (const member of members) void member.join()
    await settled(members, 2 * logs.length)
  })
  say(`${logs.length} members that join at once have their shares`, ms)
  const late = new Taking(await again())
  say(`another comes and has its share`, await timed(async () => {
    await late.join()
    await settled([...members, late], 2 * logs.length)
  }))
  await late.log.close()
}

async function committed(logs: readonly KafkaLog[]): Promise<void> {
  const commits = 400
  await logs[0]!.createTopics([{ name: 'out', partitions: logs.length, subscriptions: [] }])
  const epochs = await Promise.all(logs.map((log, index) => new Promise<number>((resolve, reject) => void log.join(`own ${index}`, [], { assigned: (_, epoch) => resolve(epoch), revoked: () => {} }).catch(reject))))
  const chunk = encodeItems({ values: Array.from({ length: 100 }, (_, number) => ({ number, text: 'x'.repeat(80) })) })
  const one = async (log: KafkaLog, partition: number) => {
    for (let count = 0; count < commits / logs.length; count++) {
      await log.commit({ epoch: epochs[partition]!, appends: [{ topic: 'out', partition, chunk }], progress: [{ subscription: 'reader', topic: 'out', partition, mark: count, done: [] }], state: [{ store: 'counters', key: `lane ${partition}`, value: String(count) }] })
    }
  }
  const ms = await timed(() => Promise.all(logs.map((log, index) => one(log, index))))
  say(`${commits} commits by ${logs.length} processes, one after the other in each`, ms, `${Math.round((commits / ms) * 1_000)} a second`)
}

async function restored([log]: readonly KafkaLog[], again: () => Promise<KafkaLog>): Promise<void> {
  const [entries, each] = [200_000, 5_000]
  const epoch = await new Promise<number>((resolve, reject) => void log!.join('state', [], { assigned: (_, given) => resolve(given), revoked: () => {} }).catch(reject))
  for (let from = 0; from < entries; from += each) await log!.commit({ epoch, appends: [], progress: [], state: Array.from({ length: each }, (_, index) => ({ store: 'sums', key: `key ${from + index}`, value: '{"count":12345,"sum":67890}' })) })
  const start = performance.now()
  const other = await again()
  say(`${entries} entries of state read by a process that comes`, performance.now() - start)
  await other.close()
}

/** A member that counts what it has. */
class Taking implements Owner {
  readonly shares = true
  readonly log: KafkaLog
  count = 0

  constructor(log: KafkaLog) {
    this.log = log
  }

  join(): Promise<unknown> {
    return this.log.join('all', ['lanes'], this)
  }

  assigned(partitions: readonly unknown[]): void {
    this.count += partitions.length
  }

  revoked(partitions: readonly unknown[]): void {
    this.count -= partitions.length
  }
}

async function settled(members: readonly Taking[], partitions: number): Promise<void> {
  const least = Math.floor(partitions / members.length)
  while (members.some(({ count }) => count < least) || members.reduce((sum, { count }) => sum + count, 0) !== partitions) await new Promise(resolve => setTimeout(resolve, 2))
}

async function withLogs(count: number, open: (prefix: string) => Promise<KafkaLog>, use: (logs: readonly KafkaLog[], again: () => Promise<KafkaLog>) => Promise<unknown>): Promise<void> {
  const prefix = randomUUID()
  const first = await open(prefix)
  const logs = [first, ...(await Promise.all(Array.from({ length: count - 1 }, () => open(prefix))))]
  await use(logs, () => open(prefix))
  await Promise.all(logs.map(log => log.close()))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function say(what: string, ms: number, more?: string): void {
  console.log(`${what}: ${ms.toFixed(0)} ms${more === undefined ? '' : `, ${more}`}`)
}

const given = process.argv[2]
await (given === undefined ? withBroker(({ address }) => measure(address)) : measure(given))
