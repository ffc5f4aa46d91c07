// The chunk-oriented step, file to worker to file, beside Spring Batch: items per CPU second of all processes, with their start-up.
import { join } from 'node:path'
import { sized, type Bench } from './bench.ts'
import { known } from './contest.ts'
import { buildWithPipelines } from './counting.ts'
import { assertSameCounts } from './counts/digest.ts'
import { digestOfLines } from './counts/lines-digest.ts'
import { makeOrders, type Orders } from './data/orders.ts'
import { alternate, loadOf, medianOf, rangeOf, type Contender } from './measure/alternate.ts'
import type { Build } from './measure/build.ts'
import { inFreshFolder } from './measure/folder.ts'
import { thisMachine } from './measure/machine.ts'
import { runProgram, type Program, type ProgramRun } from './measure/program.ts'
import { springBatch, type SpringBatch } from './peers/spring-batch.ts'

const lines = 5_000_000
const chunkSizes = [100, 1_000] as const
/** Enough for many chunks of either size. */
const trialLines = 10_000
const ours = 'batchwork, worker'
const oursInOneStage = 'batchwork, map'
const figureOf = (chunkSize: number) => `chunks of ${chunkSize}: items per CPU second, of Spring Batch`
const figureOfOneStage = (chunkSize: number) => `${figureOf(chunkSize)}, by \`map\``

interface Step extends Pick<SpringBatch, 'name' | 'version' | 'settings' | 'program'> {}

export const bench: Bench = {
  name: 'chunk-step',
  about: 'Lines of a file, priced in chunks, to a file of JSON Lines. Both keep their progress with each chunk and start again there. Every output is held to what the generator says.',
  targets: chunkSizes.flatMap(chunkSize => [figureOf(chunkSize), figureOfOneStage(chunkSize)].map(figure => ({ figure, unit: 'times', atLeast: 1 }))),
  async run({ share, rounds, note }) {
    return inFreshFolder(async folder => {
      const build = buildWithPipelines(folder)
      note('chunk-step: makes the orders')
      const input = join(folder, 'orders.txt')
      const orders = makeOrders(input, sized(lines, share, trialLines))
      const notes: string[] = [`Input: ${orders.priced.entries} lines, ${orders.bytes} bytes.`]
      const spring = await springThatComputesRightly(folder, notes)
      const rows: (string | number)[][] = []
      const figures: Record<string, number | undefined> = {}
      for (const chunkSize of chunkSizes) {
        const steps = [batchwork(build, ours, 'chunk-step'), batchwork(build, oursInOneStage, 'map-step'), ...(spring ? [spring] : [])]
        const contenders = steps.map((step): Contender<ProgramRun> => ({ name: step.name, measure: () => runOnce(step, { input, orders, chunkSize }) }))
        const results = await alternate(contenders, rounds, text => note(`chunk-step, chunks of ${chunkSize}: ${text}`))
        const perCpuSecond = ({ cpuSeconds }: ProgramRun) => orders.priced.entries / cpuSeconds
        const rates = results.map(result => medianOf(result, perCpuSecond))
        const [stored, mapped, springs] = rates
        figures[figureOf(chunkSize)] = springs && stored! / springs
        figures[figureOfOneStage(chunkSize)] = springs && mapped! / springs
        rows.push(...results.map((result, index) => [
          chunkSize, result.name, Math.round(rates[index]!), rangeOf(result, perCpuSecond), (rates[0]! / rates[index]!).toFixed(2),
          medianOf(result, ({ cpuSeconds }) => cpuSeconds).toFixed(1), medianOf(result, ({ seconds }) => seconds).toFixed(1),
          medianOf(result, ({ peakMb }) => peakMb).toFixed(0), loadOf(result), steps[index]!.version, steps[index]!.settings,
        ]))
      }
      return {
        tables: [{ title: 'Medians of alternating rounds', columns: ['chunk', 'by', 'items per CPU s', 'range', 'ours : theirs', 'CPU s', 's', 'peak MB', 'load', 'version', 'settings'], rows }],
        figures: known(figures), notes,
      }
    })
  },
}

function batchwork({ main, app }: Build, name: string, pipeline: string): Step {
  const { batchwork: version, node } = thisMachine()
  return {
    name, version: `${version}, Node ${node}`, settings: `batchwork run, built; embedded, durability 'full'; ${pipeline === 'map-step' ? 'lines, map, jsonLinesFile: nothing stored between, up to 5,000 items a write' : 'lines, work with inChunks, jsonLinesFile'}; otherwise defaults`,
    program: ({ input, output, scratch, chunkSize }) => ({
      file: process.execPath, parameters: [main, 'run', join(app, `${pipeline}.ts`), '--quiet', '--store', join(scratch, 'store')],
      env: { BATCHWORK_BENCH_INPUT: input, BATCHWORK_BENCH_OUTPUT: output, BATCHWORK_BENCH_CHUNK: String(chunkSize) },
    } satisfies Program),
  }
}

async function runOnce(step: Step, { input, orders, chunkSize }: { readonly input: string; readonly orders: Orders; readonly chunkSize: number }): Promise<ProgramRun> {
  return inFreshFolder(async scratch => {
    const output = join(scratch, 'priced.jsonl')
    const run = await runProgram(step.program({ input, output, scratch, chunkSize }))
    assertSameCounts(step.name, await digestOfLines(output), orders.priced)
    return run
  })
}

/** The newest line that gives the right result in a trial; the notes say about the others. */
async function springThatComputesRightly(folder: string, notes: string[]): Promise<SpringBatch | undefined> {
  const input = join(folder, 'trial.txt')
  const orders = makeOrders(input, trialLines)
  for (const line of ['6.0', '5.2'] as const) {
    const spring = springBatch(line)
    if ('absent' in spring) {
      notes.push(`Skipped: ${spring.name}, ${spring.absent}`)
      continue
    }
    try {
      for (const chunkSize of chunkSizes) await runOnce(spring, { input, orders, chunkSize })
      return spring
    } catch (error) {
      notes.push(`Left out: ${spring.name} (${spring.version}) did not do its trial. ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return undefined
}
