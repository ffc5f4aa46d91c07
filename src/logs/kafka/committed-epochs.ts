// Which transactions were committed, by what tells them apart where each has an epoch of its own: kept as stretches, as a producer's epochs follow on each other.
import type { Producer } from './records.ts'

interface Stretch {
  readonly from: number
  to: number
}

export class CommittedEpochs {
  readonly #stretches = new Map<bigint, Stretch[]>()

  /** Each once, as a producer's epochs grow. */
  add({ id, epoch }: Producer): void {
    const stretches = this.#stretches.get(id) ?? []
    this.#stretches.set(id, stretches)
    const last = stretches.at(-1)
    if (last && (epoch === last.to || epoch === last.to + 1)) last.to = epoch
    else stretches.push({ from: epoch, to: epoch })
  }

  has({ id, epoch }: Producer): boolean {
    return this.#stretches.get(id)?.some(({ from, to }) => from <= epoch && epoch <= to) === true
  }
}
