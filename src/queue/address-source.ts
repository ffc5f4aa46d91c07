// A work source at an address, for the queue manager.
import { nameFault } from '../model/item-name.ts'
import { PermanentError } from '../model/errors.ts'
import { ItemClient, type ItemClientOptions } from '../sources/work-source-client.ts'
import { AnswerError } from '../sources/work-source-errors.ts'
import { ItemGoneError } from './item-gone-error.ts'
import type { ItemSource, ListedItem } from './item-source.ts'

/** Names handed on at once. */
const atOnceMax = 1_000

export class AddressSource implements ItemSource {
  readonly description: string
  readonly isSpent = false
  readonly #client: ItemClient

  /** Throws SourceError. */
  constructor(address: string, options: ItemClientOptions) {
    this.#client = new ItemClient(address, options)
    this.description = this.#client.description
  }

  async *list(signal: AbortSignal): AsyncGenerator<readonly ListedItem[]> {
    for await (const names of this.#client.names(signal)) {
      for (let at = 0; at < names.length; at += atOnceMax) yield names.slice(at, at + atOnceMax).map(listed)
    }
  }

  async read(name: string, signal: AbortSignal): Promise<unknown> {
    try {
      const found = await this.#client.item(name, signal)
      if (found) return found.data
    } catch (error) {
      throw error instanceof AnswerError ? new PermanentError(error.message, { cause: error }) : error
    }
    throw new ItemGoneError(name, this.description)
  }

  async close(): Promise<void> {
    this.#client.close()
  }
}

function listed(name: unknown): ListedItem {
  const fault = nameFault(name)
  return fault === undefined ? { name: name as string } : { name: String(name), fault }
}
