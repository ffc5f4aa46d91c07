// An owner that remembers what it was told.
import type { Owner, PartitionId } from '../../log.ts'

export class Held implements Owner {
  readonly shares: boolean = true
  readonly #partitions = new Map<string, PartitionId>()
  readonly #epochs: number[] = []
  /** What it was told that cannot be: a partition assigned twice, or revoked without having been assigned. */
  readonly faults: string[] = []

  get partitions(): readonly PartitionId[] {
    return [...this.#partitions.values()]
  }

  get keys(): readonly string[] {
    return [...this.#partitions.keys()].toSorted()
  }

  /** The newest. */
  get epoch(): number {
    return this.#epochs.at(-1) ?? -1
  }

  get epochs(): readonly number[] {
    return this.#epochs
  }

  assigned(partitions: readonly PartitionId[], epoch: number): void {
    this.#epochs.push(epoch)
    for (const id of partitions) {
      if (this.#partitions.has(keyOf(id))) this.faults.push(`${keyOf(id)} was assigned twice`)
      this.#partitions.set(keyOf(id), id)
    }
  }

  revoked(partitions: readonly PartitionId[]): void {
    for (const id of partitions) if (!this.#partitions.delete(keyOf(id))) this.faults.push(`${keyOf(id)} was revoked, but never assigned`)
  }
}

export function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}:${partition}`
}
