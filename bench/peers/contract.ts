// What every contender of the speed benchmark offers, so that one loop can measure them all alike.
// A contender appends `items` jobs, processes each with a no-op and returns when every one is acknowledged.

export interface Measurement {
  readonly seconds: number
  readonly appendSeconds?: number | undefined
}

export interface Peer {
  readonly name: string
  /** Of the rival and of its server; complete once prepared. */
  readonly version: string
  readonly settings: string
  prepare(): Promise<void>
  run(items: number): Promise<Measurement>
  close(): Promise<void>
}
