// Who takes part in the benchmark kafka: a program that copies one topic to another, exactly once, and prints what it took.
import type { Program } from '../measure/program.ts'

export interface Copying {
  readonly from: string
  readonly to: string
  readonly items: number
}

export interface CopyPlaces {
  /** 'host:port' */
  readonly broker: string
  readonly brokerPid: number
  /** Comes first, in the same process, and is not measured. */
  readonly warmUp: Copying
  readonly measured: Copying
  /** An empty folder. */
  readonly scratch: string
}

/** What a Kafka record holds: one item, or a JSON array of them. */
export type RecordForm = 'item' | 'chunk'

export interface Copier {
  readonly name: string
  readonly version: string
  readonly settings: string
  readonly record: RecordForm
  /** Whether it publishes its input itself, before the clock starts. Default: the benchmark does. */
  readonly isOwnInput?: boolean | undefined
  /** The last line of its output is `Copied` as JSON. */
  program(places: CopyPlaces): Program
}

/** From the start of its work until the last item is committed. */
export interface Copied {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly brokerCpuSeconds: number
  /** Where it counts them. */
  readonly transactions?: number | undefined
}
