// npm run bench [-- NAME ...] [--share 0.01] [--rounds 3] [--large] [--json FILE]: measures, and tells what was reached and what was missed.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Bench, BenchOptions, Findings } from './bench.ts'
import { bench as chunkStep } from './chunk-step.ts'
import { bench as coldStart } from './cold-start.ts'
import { bench as commands } from './commands.ts'
import { bench as distinctKeys } from './distinct-keys.ts'
import { bench as durability } from './durability.ts'
import { bench as idCost } from './id-cost.ts'
import { bench as kafka } from './kafka.ts'
import { bench as kafkaProcesses } from './kafka-processes.ts'
import { bench as latency } from './latency.ts'
import { bench as memory } from './memory.ts'
import { bench as pageCounts } from './page-counts.ts'
import { bench as queue } from './queue.ts'
import { bench as restart } from './restart.ts'
import { bench as scale } from './scale.ts'
import { bench as scaling } from './scaling.ts'
import { bench as threads } from './threads.ts'
import { bench as waiting } from './waiting.ts'
import { bench as wordCount } from './word-count.ts'
import { loadNow, thisMachine } from './measure/machine.ts'
import { findingsText, machineText } from './report/markdown.ts'
import { verdictsOn } from './report/verdict.ts'

const benches: readonly Bench[] = [
  queue, waiting, scale, restart, coldStart, latency, commands, idCost,
  pageCounts, wordCount, threads, memory, durability, chunkStep, distinctKeys, scaling, kafka, kafkaProcesses,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { share: { type: 'string', default: '1' }, rounds: { type: 'string', default: '3' }, large: { type: 'boolean', default: false }, json: { type: 'string' } },
})
const chosen = positionals.length === 0 ? benches : positionals.map(benchNamed)
const options: BenchOptions = { share: numberIn('share', 0, 1), rounds: numberIn('rounds', 0, 1_000), isLarge: values.large, note: text => process.stderr.write(`${text}\n`) }

const machine = thisMachine()
console.log(`${machineText(machine)} Rounds: ${options.rounds}.`)
if (options.share < 1) console.log(`\nMeasured at ${options.share} of the full sizes: for trying only, the verdicts do not count.`)
const results: object[] = []
let failed = 0
for (const bench of chosen) await measure(bench)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, ...options, results }, undefined, 2)}\n`)
process.exitCode = failed > 0 ? 1 : 0

/** A benchmark that fails does not take the others with it. */
async function measure(bench: Bench): Promise<void> {
  const before = loadNow()
  options.note(`${bench.name}: load average ${before}`)
  try {
    const findings: Findings = await bench.run(options)
    const loads = { before, after: loadNow() }
    console.log(`\n${findingsText(bench, findings, loads)}`)
    results.push({ name: bench.name, loads, verdicts: verdictsOn(bench, findings), ...findings })
  } catch (error) {
    failed++
    console.log(`\n## ${bench.name}\n\nFailed: ${error instanceof Error ? error.message : String(error)}`)
    results.push({ name: bench.name, error: error instanceof Error ? error.stack : String(error) })
  }
}

function benchNamed(name: string): Bench {
  const found = benches.find(bench => bench.name === name)
  if (!found) throw new Error(`Got the benchmark '${name}'; expected one of ${benches.map(bench => bench.name).join(', ')}.`)
  return found
}

function numberIn(option: 'share' | 'rounds', above: number, most: number): number {
  const number = Number(values[option])
  if (number > above && number <= most && (option === 'share' || Number.isInteger(number))) return number
  throw new Error(`Got --${option} ${values[option]}; expected a number above ${above} and at most ${most}${option === 'rounds' ? ', whole' : ''}.`)
}
