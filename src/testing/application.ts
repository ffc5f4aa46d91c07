// An application that publishes while pipelines run. What it is not sure of it says again, which it may where items have ids.
import type { PublishOptions } from '../client/publisher.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Topic } from '../pipeline/topic.ts'
import type { World } from './world.ts'

export interface Publication {
  readonly topic: Topic<any, any>
  readonly item: unknown
  readonly options?: Pick<PublishOptions, 'id' | 'priority'> | undefined
  /** After the one before, in milliseconds. */
  readonly afterMs: number
  /** 'twice': two callers say it at once. 'unheard': its acknowledgement is lost, and it is said again. Default: once. */
  readonly said?: 'once' | 'twice' | 'unheard' | undefined
}

export class Application {
  /** All of it was acknowledged. */
  readonly finished: Promise<void>
  readonly #world: World
  #isFinished = false
  #duplicates = 0

  constructor(world: World, publications: readonly Publication[]) {
    this.#world = world
    this.finished = this.#publish(publications)
    this.finished.then(() => { this.#isFinished = true }, () => {})
  }

  get isFinished(): boolean {
    return this.#isFinished
  }

  /** What was said again and dropped. */
  get duplicates(): number {
    return this.#duplicates
  }

  async #publish(publications: readonly Publication[]): Promise<void> {
    const client = this.#world.client(this.#world.bystander())
    for (const { topic, item, options = {}, afterMs, said = 'once' } of publications) {
      if (afterMs > 0) await new Promise<void>(resolve => this.#world.clock.after(afterMs, resolve))
      const say = () => client.publish(topic, item, options)
      if (said === 'once') this.#expect(topic, [await say()], 0)
      else if (said === 'twice') this.#expect(topic, await Promise.all([say(), say()]), 1)
      else this.#expect(topic, [await say(), await say()], 1)
    }
  }

  #expect({ name }: Topic<any, any>, receipts: readonly { readonly id: string; readonly duplicate: boolean }[], duplicates: number): void {
    const found = receipts.filter(({ duplicate }) => duplicate).length
    if (found !== duplicates) throw new BatchworkError('INVARIANT_DUPLICATES', `item '${receipts[0]!.id}' was published to '${name}' ${receipts.length} times, and ${found} of them are said to be duplicates`)
    this.#duplicates += found
  }
}
