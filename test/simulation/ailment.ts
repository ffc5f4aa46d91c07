// What fails in one sharded stage until somebody reads of it and mends it; and whether its items are at home behind it, whoever has done them.
import { PermanentError, type Worker } from '../../src/index.ts'
import type { Ailing, Item } from './shapes.ts'

export class Ailment {
  readonly #ailing: Ailing
  /** By the item's number before the stage, or by 'busy': the shard it was seen in first. */
  readonly #homes = new Map<number | string, string>()
  #failed = 0
  #failedSinceTold = 0
  #isTold = false

  constructor(ailing: Ailing) {
    this.#ailing = ailing
  }

  /** Most items have one key: some are left when their shard, which is the sick one, recovers. */
  readonly keyOf = ({ n }: Item): string | number => (n % 2 === 0 ? 'busy' : n)

  readonly before: Worker<Item, Item> = (item, { shard }) => {
    this.#homes.set(item.n, shard!)
    this.#homes.set(this.keyOf(item), shard!)
    return item
  }

  readonly behind: Worker<Item, Item> = (item, { shard }) => {
    if (this.#homes.get(item.n - 1) !== shard) throw new PermanentError(`item ${item.n} has left its shard`)
    return item
  }

  inSickShard(worker: Worker<Item, any>): Worker<Item, any> {
    return (item, context) => {
      if (context.shard === this.#homes.get('busy') && this.#fails()) throw new Error('the workers of this shard are sick')
      return worker(item, context)
    }
  }

  badVersion(worker: Worker<Item, any>): Worker<Item, any> {
    return (item, context) => {
      if (this.#fails()) throw new PermanentError('this version never works')
      return worker(item, context)
    }
  }

  hear(message: string): void {
    if (/ is unhealthy: |^the rollout was rolled back: /.test(message)) this.#isTold = true
  }

  #fails(): boolean {
    const { attemptsMax, attemptsAfter } = this.#ailing
    if (this.#failed >= attemptsMax || (this.#isTold && this.#failedSinceTold >= attemptsAfter)) return false
    this.#failed++
    if (this.#isTold) this.#failedSinceTold++
    return true
  }
}
