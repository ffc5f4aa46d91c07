// A count over one file by several programs in turn: each starts anew, writes what it counted, and is held to the generator's counts.
import { join } from 'node:path'
import type { Table } from './bench.ts'
import { assertSameCounts } from './counts/digest.ts'
import { digestOf, type CountsForm } from './counts/read-counts.ts'
import type { CountedFile } from './data/counted-file.ts'
import { alternate, loadOf, medianOf, rangeOf, type Rounds } from './measure/alternate.ts'
import { inFreshFolder } from './measure/folder.ts'
import { runProgram, type Program, type ProgramRun } from './measure/program.ts'

/** One program that counts. */
export interface Counter {
  readonly name: string
  readonly version: string
  readonly settings: string
  readonly form: CountsForm
  /** `scratch` is an empty folder for what it keeps meanwhile. */
  program(places: CountPlaces): Program
}

export interface CountPlaces {
  readonly input: string
  readonly output: string
  readonly scratch: string
}

/** A program that is not on this machine, and how to get it. */
export interface Absent {
  readonly name: string
  readonly absent: string
}

export type Contestant = Counter | Absent

export interface Contest {
  readonly data: CountedFile
  readonly contestants: readonly Contestant[]
  readonly rounds: number
  readonly note: (text: string) => void
}

export interface Contested {
  readonly table: Table
  readonly notes: readonly string[]
  /** Medians; undefined for who did not take part. */
  readonly seconds: (name: string) => number | undefined
  readonly peakMb: (name: string) => number | undefined
}

export async function contest({ data, contestants, rounds, note }: Contest): Promise<Contested> {
  const counters = contestants.filter((contestant): contestant is Counter => 'program' in contestant)
  const results = await alternate(counters.map(counter => ({ name: counter.name, measure: () => countOnce(counter, data) })), rounds, note)
  const median = (name: string, value: (run: ProgramRun) => number) => {
    const result = results.find(result => result.name === name)
    return result && medianOf(result, value)
  }
  return {
    table: tableOf(counters, results),
    notes: contestants.flatMap(contestant => 'absent' in contestant ? [`Skipped: ${contestant.name}, ${contestant.absent}`] : []),
    seconds: name => median(name, ({ seconds }) => seconds),
    peakMb: name => median(name, ({ peakMb }) => peakMb),
  }
}

async function countOnce(counter: Counter, data: CountedFile): Promise<ProgramRun> {
  return inFreshFolder(async scratch => {
    const output = join(scratch, 'counts')
    const run = await runProgram(counter.program({ input: data.file, output, scratch }))
    assertSameCounts(counter.name, await digestOf(output, counter.form), data.digest)
    return run
  })
}

function tableOf(counters: readonly Counter[], results: readonly Rounds<ProgramRun>[]): Table {
  const secondsOf = (result: Rounds<ProgramRun>) => medianOf(result, ({ seconds }) => seconds)
  return {
    title: 'Medians of alternating rounds: wall time from the start of the program to its end; CPU and the sum of the peaks of memory are of all its processes',
    columns: ['counted by', 's', 'range', 'theirs : ours', 'CPU s', 'peak MB', 'load', 'version', 'settings'],
    rows: results.map((result, index) => [
      result.name, secondsOf(result).toFixed(2), rangeOf(result, ({ seconds }) => seconds, 2), (secondsOf(result) / secondsOf(results[0]!)).toFixed(2),
      medianOf(result, ({ cpuSeconds }) => cpuSeconds).toFixed(1), medianOf(result, ({ peakMb }) => peakMb).toFixed(0), loadOf(result),
      counters[index]!.version, counters[index]!.settings,
    ]),
  }
}

/** Only the figures that could be measured. */
export function known(figures: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).filter((entry): entry is [string, number] => entry[1] !== undefined && !Number.isNaN(entry[1])))
}

/** `of` divided by `to`, where both took part. */
export function ratio(of: number | undefined, to: number | undefined): number | undefined {
  return of === undefined || to === undefined ? undefined : of / to
}
