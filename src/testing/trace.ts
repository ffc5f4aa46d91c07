// What happened in a simulation, as one hash: the same seed must give the same.
import { createHash } from 'node:crypto'
import type { Commit } from '../log.ts'

export class Trace {
  readonly #hash = createHash('sha256')

  add(event: string): void {
    this.#hash.update(`${event}\n`)
  }

  commit({ epoch, appends, progress, state }: Commit): void {
    this.add(JSON.stringify({ epoch, progress, state, appends: appends.map(({ topic, partition, chunk }) => [topic, partition, chunk.count, chunk.columns.length]) }))
    for (const { chunk } of appends) this.#hash.update(chunk.values)
  }

  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}
