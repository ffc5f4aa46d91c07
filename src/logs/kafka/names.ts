// What the engine's topics, groups and transactional ids are called on the brokers: the prefix, then the name, as readable as Kafka allows (letters, digits,
// '.', '_', '-', up to 249). '/' becomes '.'; what Kafka does not allow becomes '-', and a hash at the end keeps such names apart.
import { createHash } from 'node:crypto'

const lengthMax = 200
const hashLength = 10

export class KafkaNames {
  readonly prefix: string
  readonly #topics = new Map<string, string>()

  constructor(prefix: string) {
    this.prefix = prefix
  }

  topic(name: string): string {
    let found = this.#topics.get(name)
    if (found === undefined) this.#topics.set(name, (found = `${this.prefix}.${legal(name)}`))
    return found
  }

  group(name: string): string {
    return `${this.prefix}.${legal(name)}`
  }

  /** No topic of a user can be called this: its name would begin with '/'. */
  get ledger(): string {
    return `${this.prefix}..ledger`
  }

  get ids(): string {
    return `${this.prefix}..ids`
  }

  get uniqueWriter(): string {
    return `${this.prefix}..ids`
  }

  writer(process: string): string {
    return `${this.prefix}.${process}`
  }
}

function legal(name: string): string {
  const readable = name.replace(/[^a-zA-Z0-9_/-]/g, '-').replaceAll('/', '.')
  const isLossless = /^[a-zA-Z0-9_-]+(?:\/[a-zA-Z0-9_-]+)*$/.test(name) && name.length <= lengthMax && !/-[0-9a-f]{10}$/.test(name)
  return isLossless ? readable : `${readable.replace(/^\./, '-').slice(0, lengthMax)}-${createHash('sha256').update(name).digest('hex').slice(0, hashLength)}`
}
