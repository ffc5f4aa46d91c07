// Consume-process-produce with exactly-once on one Kafka broker: ours, the bare client and Kafka Streams copy a topic of 1,000,000 items of 100 bytes to another.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sized, type Bench, type Table } from './bench.ts'
import { known, ratio, type Absent } from './contest.ts'
import { brokerSettings, withBroker } from './kafka/broker.ts'
import type { Copied, Copier, Copying } from './kafka/copier.ts'
import { partitions, Topics } from './kafka/topics.ts'
import { alternate, loadOf, medianOf, rangeOf, type Rounds } from './measure/alternate.ts'
import { inFreshFolder } from './measure/folder.ts'
import { thisMachine } from './measure/machine.ts'
import { runProgram, type ProgramRun } from './measure/program.ts'
import { bareKafka } from './peers/bare-kafka.ts'
import { kafkaStreams } from './peers/kafka-streams.ts'

const items = 1_000_000
const warmUpShare = 0.1
const ours = 'batchwork'
const [bareItems, bareChunks] = ['bare client, an item a record', 'bare client, a chunk a record']
const [streamsDefault, streamsTuned] = ['Kafka Streams', 'Kafka Streams, tuned']

interface CopyRun extends Copied, Pick<ProgramRun, 'peakMb'> {}

export const bench: Bench = {
  name: 'kafka',
  about: 'Items of about 100 bytes from one topic through a no-op to another with exactly-once transactions. What each wrote is read back, committed records only, and must hold each item once.',
  targets: [
    { figure: 'share of the bare client, an item a record', unit: '%', atLeast: 60 },
    { figure: 'share of the bare client, a chunk a record', unit: '%', atLeast: 60 },
    { figure: 'times the better Kafka Streams', unit: 'times', atLeast: 1 },
  ],
  async run({ share, rounds, note }) {
    const count = sized(items, share, 10_000)
    const entrants = [batchwork(), ...bareClients(), ...streams()]
    const copiers = entrants.filter((entrant): entrant is Copier => 'program' in entrant)
    const results = await withBroker(async ({ address, pid }) => {
      const arena = new Arena({ broker: address, brokerPid: pid }, count)
      note(`kafka: fills the topics on ${address}`)
      await arena.fill()
      for (const copier of copiers) {
        note(`kafka: ${copier.name}, a trial, in which the broker warms up too`)
        await arena.trial(copier)
      }
      const measured = await alternate(copiers.map(copier => ({ name: copier.name, measure: () => arena.run(copier) })), rounds, text => note(`kafka: ${text}`))
      await arena.close()
      return measured
    })
    const rateOf = (name: string) => {
      const result = results.find(result => result.name === name)
      return result && medianOf(result, ({ seconds }) => count / seconds)
    }
    const percent = (of: number | undefined) => of === undefined ? undefined : of * 100
    const bestStreams = Math.max(...[streamsDefault, streamsTuned].flatMap(name => rateOf(name) ?? []))
    return {
      tables: [tableOf(copiers, results, count)],
      figures: known({
        'items per second': rateOf(ours),
        'share of the bare client, an item a record': percent(ratio(rateOf(ours), rateOf(bareItems))),
        'share of the bare client, a chunk a record': percent(ratio(rateOf(ours), rateOf(bareChunks))),
        'times the better Kafka Streams': Number.isFinite(bestStreams) ? ratio(rateOf(ours), bestStreams) : undefined,
      }),
      notes: [
        `Broker: ${brokerSettings}; the topics of the peers have ${partitions} partition, ours 24, three priorities in 8 parts, of which these items use 8; no compression. The broker and who copies share the cores.`,
        ...entrants.flatMap(entrant => 'absent' in entrant ? [`Skipped: ${entrant.name}, ${entrant.absent}`] : []),
      ],
    }
  },
}

/** The broker with the inputs of all. */
class Arena {
  readonly #at: { readonly broker: string; readonly brokerPid: number }
  readonly #items: number
  readonly #warmUpItems: number
  readonly #topics: Topics
  #runs = 0

  constructor(at: { readonly broker: string; readonly brokerPid: number }, items: number) {
    this.#at = at
    this.#items = items
    this.#warmUpItems = Math.ceil(items * warmUpShare)
    this.#topics = new Topics(at.broker)
  }

  async fill(): Promise<void> {
    for (const form of ['item', 'chunk'] as const) {
      await this.#topics.make(`${form}s`, `${form}s-to-warm-up`)
      await this.#topics.fill(`${form}s`, this.#items, form)
      await this.#topics.fill(`${form}s-to-warm-up`, this.#warmUpItems, form)
    }
  }

  /** As small as the warm-up. */
  async trial(copier: Copier): Promise<void> {
    await this.#copy(copier, { from: `${copier.record}s-to-warm-up`, items: this.#warmUpItems })
  }

  run(copier: Copier): Promise<CopyRun> {
    return this.#copy(copier, { from: `${copier.record}s`, items: this.#items })
  }

  async #copy(copier: Copier, measured: Omit<Copying, 'to'>): Promise<CopyRun> {
    const prefix = prefixOf(this.#runs++)
    const [warmed, done] = [`${prefix}.warmed`, `${prefix}.done`]
    if (!copier.isOwnInput) await this.#topics.make(warmed, done)
    const run = await inFreshFolder(async scratch => {
      const output = join(scratch, 'output')
      const program = copier.program({
        ...this.#at, scratch,
        warmUp: { from: `${copier.record}s-to-warm-up`, to: warmed, items: this.#warmUpItems },
        measured: { ...measured, to: done },
      })
      const { peakMb } = await runProgram({ ...program, output })
      return { ...JSON.parse(readFileSync(output, 'utf8').trimEnd().split('\n').at(-1)!) as Copied, peakMb }
    })
    await this.#topics.assertEachOnce(done, measured.items, copier.record)
    return run
  }

  /** Topics stay until then: some file systems are slow to make files for a minute after many were removed, and who comes next would pay for it. */
  async close(): Promise<void> {
    for (let run = 0; run < this.#runs; run++) await this.#topics.removeAllOf(prefixOf(run))
    await this.#topics.close()
  }
}

function prefixOf(run: number): string {
  return `run${run}`
}

function batchwork(): Copier {
  const { batchwork: version, node } = thisMachine()
  return {
    name: ours, record: 'chunk', isOwnInput: true, version: `${version}, Node ${node}`,
    settings: 'connect, publishAll and the output topic before the clock starts, start; topic, work, topic; defaults; every outcome recorded, balance recounted',
    program: places => ({ file: process.execPath, parameters: [fileURLToPath(new URL('subjects/kafka-stage.ts', import.meta.url)), JSON.stringify(places)] }),
  }
}

function bareClients(): readonly Copier[] {
  const { version } = JSON.parse(readFileSync(new URL('../node_modules/@platformatic/kafka/package.json', import.meta.url), 'utf8')) as { readonly version: string }
  const shown = `@platformatic/kafka ${version}, Node ${process.versions.node}`
  return [
    bareKafka({ name: bareItems, record: 'item', records: 60_000, recordsInSend: 10_000 }, shown),
    bareKafka({ name: bareChunks, record: 'chunk', records: 200, recordsInSend: 40 }, shown),
  ]
}

function streams(): readonly (Copier | Absent)[] {
  return [
    kafkaStreams({ name: streamsDefault, settings: 'exactly_once_v2, an item a record, bytes passed on; one thread; defaults: commit.interval.ms 100', properties: {} }),
    kafkaStreams({
      name: streamsTuned, settings: 'the same with commit.interval.ms 1000, max.poll.records 10000, producer batch.size 1 MB',
      properties: { 'commit.interval.ms': 1_000, 'consumer.max.poll.records': 10_000, 'producer.batch.size': 1_000_000, 'consumer.max.partition.fetch.bytes': 8_000_000 },
    }),
  ]
}

function tableOf(copiers: readonly Copier[], results: readonly Rounds<CopyRun>[], count: number): Table {
  const thousands = ({ seconds }: CopyRun) => count / seconds / 1000
  const microseconds = (value: (run: CopyRun) => number) => (run: CopyRun) => value(run) / count * 1e6
  return {
    title: 'Medians of alternating rounds, after a warm-up in the same process; CPU time in microseconds an item',
    columns: ['copied by', 'k items/s', 'range', 'ours : theirs', 's', 'its CPU', "the broker's CPU", 'transactions', 'peak MB', 'load', 'version', 'settings'],
    rows: results.map((result, index) => [
      result.name, medianOf(result, thousands).toFixed(1), rangeOf(result, thousands, 1), (medianOf(results[0]!, thousands) / medianOf(result, thousands)).toFixed(2),
      medianOf(result, ({ seconds }) => seconds).toFixed(2), medianOf(result, microseconds(({ cpuSeconds }) => cpuSeconds)).toFixed(1), medianOf(result, microseconds(({ brokerCpuSeconds }) => brokerCpuSeconds)).toFixed(1),
      result.rounds[0]!.transactions ?? '', medianOf(result, ({ peakMb }) => peakMb).toFixed(0), loadOf(result), copiers[index]!.version, copiers[index]!.settings,
    ]),
  }
}
