// A run that several processes share, on one broker: what two and four of them get done in the time of one. The items wait, so neither the cores nor the broker is the limit.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sized, type Bench } from './bench.ts'
import { withBroker } from './kafka/broker.ts'
import { alternate, loadOf, medianOf, rangeOf } from './measure/alternate.ts'
import { inFreshFolder } from './measure/folder.ts'
import { runProgram } from './measure/program.ts'

const items = 40_000
const waitMs = 10
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const pipeline = fileURLToPath(new URL('subjects/pipelines/waiting-on-kafka.ts', import.meta.url))

interface Shared {
  /** From the start of the first process to the end of the last. */
  readonly seconds: number
  /** Of all items, done by the process that did most. */
  readonly largestShare: number
}

export const bench: Bench = {
  name: 'kafka-processes',
  about: `${items.toLocaleString('en')} items that wait ${waitMs} ms, 16 at a time in each process, in one run on Kafka that several processes share. Wall time with start-up and with what the group takes to come to rest.`,
  targets: [
    { figure: 'two processes: times one', unit: 'times', atLeast: 1.7 },
  ],
  async run({ share, rounds, note }) {
    const count = sized(items, share, 2_000)
    const results = await withBroker(({ address }) => {
      let runs = 0
      const by = (processes: number) => ({ name: String(processes), measure: () => shared(`kafka://${address}/bench${++runs}`, processes, count) })
      return alternate([by(1), by(2), by(4)], rounds, text => note(`kafka-processes: ${text}`))
    })
    const [one, two, four] = results.map(result => medianOf(result, ({ seconds }) => seconds)) as [number, number, number]
    return {
      tables: [{
        title: 'Medians of alternating rounds', columns: ['processes', 'seconds', 'range', 'times one', 'largest share', 'load'],
        rows: results.map((result, index) => [
          result.name, [one, two, four][index]!.toFixed(2), rangeOf(result, ({ seconds }) => seconds, 2), (one / [one, two, four][index]!).toFixed(2),
          `${(medianOf(result, ({ largestShare }) => largestShare) * 100).toFixed(0)} %`, loadOf(result),
        ]),
      }],
      figures: { 'two processes: times one': one / two, 'four processes: times one': one / four },
    }
  },
}

async function shared(engine: string, processes: number, count: number): Promise<Shared> {
  return inFreshFolder(async folder => {
    const env = { ITEMS: String(count), WAIT_MS: String(waitMs), FOLDER: folder }
    const start = performance.now()
    await Promise.all(Array.from({ length: processes }, () => runProgram({ file: process.execPath, parameters: [main, 'run', pipeline, '--engine', engine, '--quiet'], env, folder })))
    const seconds = (performance.now() - start) / 1000
    const done = readFileSync(join(folder, 'done.jsonl'), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line) as { readonly number: number; readonly process: number })
    if (done.length !== count || new Set(done.map(({ number }) => number)).size !== count) throw new Error(`${done.length} of ${count} items came out: the figures of this run are void.`)
    const shares = [...Map.groupBy(done, each => each.process).values()].map(own => own.length)
    return { seconds, largestShare: Math.max(...shares) / count }
  })
}
