// Runs the contenders in alternation and tells the median items/s of each.
// Usage: node bench/peers/run.ts [--items 100000] [--bare-items 1000000] [--rounds 3] [--peers bare,bullmq] [--json]

import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import type { Measurement } from './contract.ts'

/** One entry of the table. Its `measure` is called once a round, in turn with the others. */
export interface Contender {
  readonly name: string
  measure(): Promise<ContenderRun>
}

export interface ContenderRun extends Measurement {
  readonly version: string
  readonly settings: string
  readonly items: number
}

export interface ContenderResult {
  readonly name: string
  readonly version: string
  readonly settings: string
  readonly items: number
  readonly itemsPerSecond: number
  readonly itemsPerSecondByRound: readonly number[]
}

export const peerNames = ['bare', 'graphile-worker', 'pg-boss', 'bullmq', 'bullmq-everysec', 'pg-boss-pglite'] as const

export interface PeersOptions {
  /** Items each rival gets a round. Default: 100,000. */
  readonly items?: number | undefined
  /** Items the bare prototype gets a round. Default: 1,000,000. */
  readonly bareItems?: number | undefined
  /** Rounds, of which the median is told. Default: 3. */
  readonly rounds?: number | undefined
  /** Which peers take part. Default: all of `peerNames`. */
  readonly peers?: readonly string[] | undefined
  /** Further contenders measured in the same rounds, such as the product itself. */
  readonly beside?: readonly Contender[] | undefined
}

const peerTimeoutMs = 600_000

/** Measures every contender once a round, one after the other, and returns them in the order given. */
export async function runPeers(options: PeersOptions = {}): Promise<ContenderResult[]> {
  const { items = 100_000, bareItems = 1_000_000, rounds = 3, peers = peerNames, beside = [] } = options
  const contenders = [...beside, ...peers.map((name) => peerContender(name, name === 'bare' ? bareItems : items))]
  const runs = new Map<string, ContenderRun[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) runs.get(contender.name)?.push(await contender.measure())
  }
  return [...runs].map(([name, ofContender]) => summarise(name, ofContender))
}

/** A peer in a Node process of its own. */
export function peerContender(name: string, items: number): Contender {
  if (!(peerNames as readonly string[]).includes(name)) throw new Error(`Got the peer ${name}; expected one of ${peerNames.join(', ')}.`)
  const file = fileURLToPath(new URL('measure-one.ts', import.meta.url))
  return {
    name,
    async measure() {
      const { stdout } = await promisify(execFile)(process.execPath, [file, name, String(items)], { timeout: peerTimeoutMs })
      return JSON.parse(stdout) as ContenderRun
    }
  }
}

function summarise(name: string, runs: readonly ContenderRun[]): ContenderResult {
  const [first] = runs
  if (first === undefined) throw new Error(`The contender ${name} was not measured: the number of rounds must be at least 1.`)
  const itemsPerSecondByRound = runs.map((run) => Math.round(run.items / run.seconds))
  const { version, settings, items } = first
  return { name, version, settings, items, itemsPerSecond: median(itemsPerSecondByRound), itemsPerSecondByRound }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** A Markdown table; `reference` names the contender the ratios are against. */
export function formatTable(results: readonly ContenderResult[], reference: string): string {
  const base = results.find(({ name }) => name === reference)?.itemsPerSecond
  const rows = results.map((result) => {
    const ratio = base === undefined ? '' : `1 : ${(base / result.itemsPerSecond).toFixed(1)}`
    const range = `${thousands(Math.min(...result.itemsPerSecondByRound))}-${thousands(Math.max(...result.itemsPerSecondByRound))}`
    return `| ${result.name} | ${result.version} | ${result.items} | ${thousands(result.itemsPerSecond)} | ${range} | ${ratio} | ${result.settings} |`
  })
  return [`| contender | version | items | k items/s | range | to ${reference} | settings |`, '| --- | --- | --- | --- | --- | --- | --- |', ...rows].join('\n')
}

function thousands(itemsPerSecond: number): string {
  return (itemsPerSecond / 1000).toFixed(1)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      items: { type: 'string', default: '100000' },
      'bare-items': { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      peers: { type: 'string', default: peerNames.join(',') },
      json: { type: 'boolean', default: false }
    }
  })
  const results = await runPeers({
    items: Number(values.items),
    bareItems: Number(values['bare-items']),
    rounds: Number(values.rounds),
    peers: values.peers.split(',')
  })
  if (values.json) console.log(JSON.stringify({ node: process.versions.node, cores: availableParallelism(), results }, undefined, 2))
  else console.log(formatTable(results, 'bare'))
}

if (import.meta.main) await main()
