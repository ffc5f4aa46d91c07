// What happened in a simulation, as one hash: the same seed must give the same. Of a simulation that nobody compares with another, nothing is hashed.
import { createHash, type Hash } from 'node:crypto'
import type { Commit } from '../log.ts'

export class Trace {
  readonly #hash: Hash | undefined

  constructor(isKept: boolean) {
    this.#hash = isKept ? createHash('sha256') : undefined
  }

  add(event: string): void {
    this.#hash?.update(`${event}\n`)
  }

  commit({ epoch, appends, progress, state }: Commit): void {
    if (!this.#hash) return
    this.add(JSON.stringify({ epoch, progress, state, appends: appends.map(({ topic, partition, chunk }) => [topic, partition, chunk.count, chunk.columns.length]) }))
    for (const { chunk } of appends) this.#hash.update(chunk.values)
  }

  /** Empty where it is not kept. */
  digest(): string {
    return this.#hash?.copy().digest('hex') ?? ''
  }
}
