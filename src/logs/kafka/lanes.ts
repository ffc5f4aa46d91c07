// Connections to brokers, in lanes: what waits long for its answer has a lane of its own, and all connections of a lane can be ended at once.
import { isIP } from 'node:net'
import type { Broker } from './address.ts'
import type { Connection, ConnectionOptions, ConnectionPool, Kafka } from './client.ts'

/** The client has one server name for a pool or none, and TLS takes names of hosts only: a gateway in front of many clusters goes by them. */
interface Lane {
  readonly named: ConnectionPool
  readonly numbered: ConnectionPool
}

export class Lanes {
  readonly #kafka: Kafka
  readonly #clientId: string
  readonly #options: ConnectionOptions
  readonly #lanes = new Map<string, Lane>()

  constructor(kafka: Kafka, clientId: string, options: ConnectionOptions) {
    this.#kafka = kafka
    this.#clientId = clientId
    this.#options = options
  }

  connect(broker: Broker, name: string): Promise<Connection> {
    let lane = this.#lanes.get(name)
    if (!lane) this.#lanes.set(name, (lane = { named: this.#pool(true), numbered: this.#pool(false) }))
    return lane[isIP(broker.host) === 0 ? 'named' : 'numbered'].get({ host: broker.host, port: broker.port })
  }

  /** To the first that can be reached. Throws AggregateError. */
  async connectFirst(brokers: readonly Broker[], name: string): Promise<Connection> {
    const failures: unknown[] = []
    for (const broker of brokers) {
      try {
        return await this.connect(broker, name)
      } catch (error) {
        failures.push(error)
      }
    }
    throw new AggregateError(failures, 'no broker can be reached')
  }

  /** Who waits for an answer on one of them stops waiting. */
  cut(name: string): void {
    const lane = this.#lanes.get(name)
    this.#lanes.delete(name)
    if (lane) end(lane)
  }

  /** Connections end as they do when a process is killed. */
  stop(): void {
    for (const lane of this.#lanes.values()) end(lane)
  }

  #pool(isNamed: boolean): ConnectionPool {
    return new this.#kafka.ConnectionPool(this.#clientId, { ...this.#options, ...isNamed && this.#options.tls ? { tlsServerName: true } : {} })
  }
}

function end({ named, numbered }: Lane): void {
  for (const pool of [named, numbered]) {
    for (const [, connection] of pool) connection.socket?.destroy()
    pool.close().catch(() => {})
  }
}
