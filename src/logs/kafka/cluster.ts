// The brokers of a cluster: who leads a partition, who coordinates a group or a transaction, and asking them until they answer. What passes by itself (an
// election, a broken connection) is asked again; all that is asked here may be asked twice.
import { setTimeout as pause } from 'node:timers/promises'
import { LogError } from '../../model/errors.ts'
import type { Broker } from './address.ts'
import type { Connection, ConnectionOptions, Kafka } from './client.ts'
import { adviceOnSilence, codesOf, isPassing, logError, rootOf } from './failures.ts'
import { Lanes } from './lanes.ts'
import { refusingTokens } from './token-refusal.ts'

export interface ClusterOptions {
  readonly brokers: readonly Broker[]
  readonly connection: Pick<ConnectionOptions, 'tls' | 'sasl'>
  readonly clientId: string
}

/** Whom to ask. */
export type Route =
  | { readonly to: 'anyone' }
  | { readonly to: 'controller' }
  | { readonly to: 'broker', readonly number: number }
  | { readonly to: 'leader', readonly topic: string, readonly partition: number }
  | { readonly to: 'group', readonly id: string }
  | { readonly to: 'transaction', readonly id: string }

export interface Asking {
  /** What waits long for its answer must not hold up others, so it has connections of its own. Default 'main'. */
  readonly lane?: string | undefined
  /** How long what passes is waited out. Default 60,000: a broker comes back, or is replaced, in that time. */
  readonly patienceMs?: number | undefined
  /** The same for a topic of which the broker does not know, or not any more. Default: `patienceMs`. */
  readonly topicPatienceMs?: number | undefined
  /** Told of each failure that is waited out. */
  readonly onFailure?: ((codes: readonly string[]) => void) | undefined
}

const requestTimeoutMs = 30_000
const connectTimeoutMs = 5_000
const patienceMsDefault = 60_000
/** Who begins hears soon that there is nobody. */
const firstPatienceMs = 2_000
/** Between two attempts: the first comes soon, as the end of a transaction is the usual reason to wait. */
const [pauseMsMin, pauseMsMax] = [2, 200]
/** More than are ever under way: none may wait inside the client, where the end of a connection does not reach it. */
const inFlightMax = 10_000

const unknownTopic = 'UNKNOWN_TOPIC_OR_PARTITION'

const coordinatorKinds = { group: 0, transaction: 1 } as const

export class Cluster {
  readonly kafka: Kafka
  readonly #options: ClusterOptions
  readonly #lanes: Lanes
  readonly #brokers = new Map<number, Broker>()
  readonly #leaders = new Map<string, number>()
  /** By the same key: which election made the leader. */
  readonly #epochs = new Map<string, number>()
  readonly #coordinators = new Map<string, Broker>()
  /** How many brokers have let down who asked them: the next one is asked first. */
  #letDown = 0
  /** By topic: the question for its leaders that is under way. */
  readonly #finding = new Map<string, Promise<void>>()
  #controller = -1
  #end: LogError | undefined

  constructor(kafka: Kafka, options: ClusterOptions) {
    this.kafka = kafka
    this.#options = options
    const { sasl, ...connection } = options.connection
    this.#lanes = new Lanes(kafka, options.clientId, { ...connection, ...sasl ? { sasl: refusingTokens(kafka, sasl) } : {}, connectTimeout: connectTimeoutMs, requestTimeout: requestTimeoutMs, maxInflights: inFlightMax })
  }

  get end(): LogError | undefined {
    return this.#end
  }

  /** Asks until there is an answer that does not pass. Throws what the client threw, or LogError when it took too long. */
  async ask<Answer>(route: Route, call: (connection: Connection) => Promise<Answer>, asking: Asking = {}): Promise<Answer> {
    const { lane = 'main', patienceMs = patienceMsDefault, topicPatienceMs = patienceMs, onFailure } = asking
    const askedAt = performance.now()
    for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(pauseMs * 1.5, pauseMsMax)) {
      if (this.#end) throw this.#end
      try {
        return await call(await this.#connect(await this.#find(route), lane))
      } catch (error) {
        if (this.#end) throw this.#end
        const codes = codesOf(error)
        if (!isPassing(codes)) throw error
        onFailure?.(codes)
        this.#forget(route, codes)
        if (performance.now() + pauseMs > askedAt + (codes.includes(unknownTopic) ? topicPatienceMs : patienceMs)) throw this.#unreachable(error)
      }
      await pause(pauseMs)
    }
  }

  /** Throws LogError UNREACHABLE when no broker answers. */
  async reach(): Promise<void> {
    await this.ask({ to: 'anyone' }, () => this.refresh([]), { patienceMs: firstPatienceMs })
  }

  /** The number of the broker that leads a partition. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const key = `${partition}:${topic}`
    if (!this.#leaders.has(key)) await this.#findLeaders(topic)
    const leader = this.#leaders.get(key)
    if (leader === undefined) throw new this.kafka.ProtocolError(unknownTopic)
    if (leader < 0) throw new this.kafka.ProtocolError('LEADER_NOT_AVAILABLE')
    return leader
  }

  /** Who reads many partitions of a topic asks once. */
  #findLeaders(topic: string): Promise<void> {
    const finding = this.#finding.get(topic) ?? this.refresh([topic]).finally(() => this.#finding.delete(topic))
    this.#finding.set(topic, finding)
    return finding
  }

  /** Undefined where it has to be asked for. */
  knownLeaderOf(topic: string, partition: number): number | undefined {
    const leader = this.#leaders.get(`${partition}:${topic}`)
    return leader === undefined || leader < 0 ? undefined : leader
  }

  /** Of the leader that is known: it grows with each election. -1: not known. */
  leaderEpochOf(topic: string, partition: number): number {
    return this.#epochs.get(`${partition}:${topic}`) ?? -1
  }

  /** How many partitions a topic has. Undefined where there is none. */
  async partitionsOf(topic: string): Promise<number | undefined> {
    const { topics } = await this.ask({ to: 'anyone' }, () => this.#metadata([topic]))
    return topics.find(({ name, errorCode }) => name === topic && errorCode === 0)?.partitions.length
  }

  /** A connection to whichever broker answers. */
  anyone(): Promise<Connection> {
    return this.#connect(undefined, 'main')
  }

  /** Of all brokers there are. */
  async numbers(): Promise<readonly number[]> {
    const { brokers } = await this.ask({ to: 'anyone' }, () => this.#metadata([]))
    return brokers.map(({ nodeId }) => nodeId)
  }

  async refresh(topics: readonly string[]): Promise<void> {
    await this.#metadata(topics)
  }

  forgetLeader(topic: string, partition: number): void {
    this.#leaders.delete(`${partition}:${topic}`)
  }

  /** Nothing can be asked any more. Connections end as they do when a process is killed. */
  stop(end: LogError): void {
    if (this.#end) return
    this.#end = end
    this.#lanes.stop()
  }

  /** Ends a lane's connections: who waits for an answer on one of them stops waiting. */
  cut(lane: string): void {
    this.#lanes.cut(lane)
  }

  async #find(route: Route): Promise<Broker | undefined> {
    switch (route.to) {
      case 'anyone': return undefined
      case 'controller': return this.#brokerOf(await this.#controllerNumber())
      case 'broker': return this.#brokerOf(route.number)
      case 'leader': return this.#brokerOf(await this.leaderOf(route.topic, route.partition))
      case 'group': case 'transaction': return this.#coordinatorOf(route.to, route.id)
    }
  }

  #brokerOf(number: number): Broker {
    const broker = this.#brokers.get(number)
    if (!broker) throw new this.kafka.ProtocolError('BROKER_NOT_AVAILABLE')
    return broker
  }

  async #controllerNumber(): Promise<number> {
    if (!this.#brokers.has(this.#controller)) await this.refresh([])
    return this.#controller
  }

  async #coordinatorOf(kind: keyof typeof coordinatorKinds, id: string): Promise<Broker> {
    const known = this.#coordinators.get(`${kind}:${id}`)
    if (known) return known
    const { coordinators } = await this.kafka.findCoordinatorV4.api.async(await this.#connect(undefined, 'main'), coordinatorKinds[kind], [id])
    const { host, port } = coordinators[0]!
    this.#coordinators.set(`${kind}:${id}`, { host, port })
    return { host, port }
  }

  async #metadata(topics: readonly string[]) {
    const answer = await this.kafka.metadataV11.api.async(await this.#connect(undefined, 'main'), [...topics], false, false).catch((error: unknown) => {
      // The answer says of each topic whether there is one.
      const { response } = error as { readonly response?: Awaited<ReturnType<Kafka['metadataV11']['api']['async']>> }
      if (!response) throw error
      return response
    })
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.set(nodeId, { host, port })
    this.#controller = answer.controllerId
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, leaderId, leaderEpoch } of partitions) {
        this.#leaders.set(`${partitionIndex}:${name}`, leaderId)
        this.#epochs.set(`${partitionIndex}:${name}`, leaderEpoch)
      }
    }
    return answer
  }

  #connect(broker: Broker | undefined, lane: string): Promise<Connection> {
    return broker ? this.#lanes.connect(broker, lane) : this.#lanes.connectFirst(this.#inTurn(), lane)
  }

  /** A broker that accepts connections, and then answers nothing, must not be asked for ever. */
  #inTurn(): readonly Broker[] {
    const brokers = [...this.#brokers.values(), ...this.#options.brokers]
    const first = this.#letDown % brokers.length
    return [...brokers.slice(first), ...brokers.slice(0, first)]
  }

  #forget(route: Route, codes: readonly string[]): void {
    if (codes.includes('NETWORK')) this.#letDown++
    if (route.to === 'leader') this.forgetLeader(route.topic, route.partition)
    if (route.to === 'group' || route.to === 'transaction') if (!codes.includes('CONCURRENT_TRANSACTIONS')) this.#coordinators.delete(`${route.to}:${route.id}`)
    if (route.to === 'controller') this.#controller = -1
  }

  #unreachable(error: unknown): LogError {
    const codes = codesOf(error)
    if (!codes.includes('NETWORK')) return logError('Kafka did not do what was asked in time', error)
    const brokers = this.#options.brokers.map(({ host, port }) => `${host}:${port}`).join(', ')
    const why = error instanceof Error ? rootOf(error).message : String(error)
    return new LogError('UNREACHABLE', `no Kafka broker answers at ${brokers}: ${why}; ${adviceOnSilence(error, this.#options.connection)}`, { cause: error })
  }
}
