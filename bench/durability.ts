// What it costs that committed progress survives a power failure: the page count with durability 'full' and 'relaxed', in turn.
import { join } from 'node:path'
import { sized, type Bench } from './bench.ts'
import { contest, known, ratio, type Counter } from './contest.ts'
import { buildWithPipelines } from './counting.ts'
import { makeAccessLog } from './data/access-log.ts'
import { inFreshFolder } from './measure/folder.ts'
import { thisMachine } from './measure/machine.ts'

const lines = 4_000_000
const durabilities = ['full', 'relaxed'] as const

export const bench: Bench = {
  name: 'durability',
  about: "The page count of page-counts by the library, with each of the embedded engine's durabilities.",
  targets: [{ figure: "durability 'full', of 'relaxed'", unit: 'times its time', atMost: 1.1 }],
  async run({ share, rounds, note }) {
    return inFreshFolder(async folder => {
      const { app } = buildWithPipelines(folder)
      const data = makeAccessLog(join(folder, 'access.log'), sized(lines, share, 10_000))
      const { table, seconds } = await contest({ data, rounds, note: text => note(`durability: ${text}`), contestants: durabilities.map(durability => counterWith(durability, app)) })
      return { tables: [table], figures: known({ "durability 'full', of 'relaxed'": ratio(seconds('full'), seconds('relaxed')) }) }
    })
  },
}

function counterWith(durability: (typeof durabilities)[number], app: string): Counter {
  const { batchwork, node } = thisMachine()
  return {
    name: durability, version: `${batchwork}, Node ${node}`, settings: `connect({ engine: embedded(store, { durability: '${durability}' }) }), run; built`, form: 'key,count',
    program: ({ input, output, scratch }) => ({
      file: process.execPath, parameters: [join(app, 'run-with-durability.ts'), durability, join(scratch, 'store')],
      env: { BATCHWORK_BENCH_INPUT: input, BATCHWORK_BENCH_OUTPUT: output },
    }),
  }
}
