// What one process asks of the one that owns the log. Commands and answers are items of one topic: anyone may append, and the owner
// need not be asked for leave.
import { encodeItems, decodeItems } from '../model/items.ts'
import type { Log, TopicSpec } from '../log.ts'
import type { Selection } from './redrive.ts'

export type Command = {
  readonly id: string
  readonly pipeline?: string | undefined
  readonly stage: string
} & ({ readonly kind: 'redrive'; readonly selection: Selection } | { readonly kind: 'pause' | 'resume'; readonly shard?: string | undefined })

export interface CommandAnswer {
  readonly kind: 'answer'
  readonly to: string
  readonly value: number
}

export const commandsTopicSpec: TopicSpec = { name: '/commands', partitions: 1, subscriptions: [] }

const place = { topic: commandsTopicSpec.name, partition: 0 }

export async function say(log: Log, message: Command | CommandAnswer): Promise<number> {
  const { next } = await log.append({ ...place, chunk: encodeItems({ values: [message] }) })
  return next
}

/** Messages from an offset on, and where to go on. */
export async function messagesFrom(log: Log, from: number): Promise<{ readonly messages: readonly (Command | CommandAnswer)[]; readonly next: number }> {
  const chunks = await log.read(place, from, { chunks: 64 })
  return { messages: chunks.flatMap(chunk => decodeItems(chunk).values as readonly (Command | CommandAnswer)[]), next: chunks.at(-1)?.next ?? from }
}

/** The owner's side. */
export class CommandInbox {
  readonly #log: Log
  #cursor = 0
  #obey: ((command: Command) => Promise<number | undefined>) | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(log: Log) {
    this.#log = log
  }

  /** Obeys what comes from now on; `obey` gives the answer, or nothing if it is not meant. */
  async start(obey: (command: Command) => Promise<number | undefined>): Promise<void> {
    const info = (await this.#log.topics()).find(({ name }) => name === commandsTopicSpec.name)
    this.#cursor = info?.extents[0]?.end ?? 0
    this.#obey = obey
  }

  /** Another obeys from now on. */
  stop(): void {
    this.#obey = undefined
  }

  /** Throws what the command threw that it came to; the next look goes on behind that. */
  look(): Promise<void> {
    const looked = this.#looking.then(() => this.#read())
    this.#looking = looked.catch(() => {})
    return looked
  }

  async #read(): Promise<void> {
    if (!this.#obey) return
    const { messages, next } = await messagesFrom(this.#log, this.#cursor)
    this.#cursor = next
    for (const message of messages) {
      if (message.kind === 'answer' || !this.#obey) continue
      const value = await this.#obey(message)
      if (value !== undefined) await say(this.#log, { kind: 'answer', to: message.id, value })
    }
  }
}
