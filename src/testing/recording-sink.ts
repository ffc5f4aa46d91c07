// Stands in for a sink: keeps what is written, by offset, as a transactional sink does. What is written again after a crash is skipped.
import type { Sink, SinkChunk } from '../sink.ts'

export class RecordingSink implements Sink<unknown> {
  readonly name: string
  /** 'run': what is written counts from the end of the run on. */
  readonly commit: string | undefined
  readonly #byOffset = new Map<string, unknown[]>()
  #epoch = 0
  #isFinished = false

  constructor(original: Sink<unknown>) {
    this.name = original.name
    this.commit = (original as { readonly commit?: string }).commit
  }

  get written(): readonly unknown[] {
    return this.commit === 'run' && !this.#isFinished ? [] : [...this.#byOffset.values()].flat()
  }

  async write({ subscription, partition, epoch, items, offsets }: SinkChunk<unknown>): Promise<void> {
    if (epoch < this.#epoch) throw new Error(`sink '${this.name}' was written to by an owner of epoch ${epoch}, but epoch ${this.#epoch} has taken over`)
    this.#epoch = epoch
    const fresh = new Map<string, unknown[]>()
    offsets.forEach((offset, index) => {
      const key = `${subscription}:${partition}:${offset}`
      if (!this.#byOffset.has(key)) fresh.set(key, [...(fresh.get(key) ?? []), items[index]])
    })
    for (const [key, values] of fresh) this.#byOffset.set(key, values)
  }

  async finish(outcome: 'completed' | 'aborted'): Promise<void> {
    if (outcome === 'completed') this.#isFinished = true
    else if (this.commit === 'run') this.#byOffset.clear()
  }
}
