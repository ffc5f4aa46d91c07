// The brokers of a course, each behind a gateway of its own: one alone, without which nothing goes on, or three, of which two are enough.
import { join } from 'node:path'
import { startBroker, startThree, type Broker } from '../broker-process.ts'
import { Gateway } from './gateway.ts'

export type BrokerCount = 1 | 3

interface Member {
  readonly gateway: Gateway
  readonly start: (port: number | undefined) => Promise<Broker>
  broker: Broker
}

export class Brokers implements AsyncDisposable {
  readonly #members: readonly Member[]

  private constructor(members: readonly Member[]) {
    this.#members = members
  }

  static async open(folder: string, count: BrokerCount): Promise<Brokers> {
    const gateways = await Promise.all(Array.from({ length: count }, () => Gateway.open()))
    const advertised = gateways.map(({ port }) => ({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}` }))
    const starts = count === 1 ? [(port: number | undefined) => startBroker(join(folder, 'broker'), port, { properties: advertised[0]! })] : await startThree(folder, advertised)
    // One of three alone is no majority of controllers, and does not accept connections.
    const brokers = await Promise.all(starts.map(start => start(undefined)))
    const members = gateways.map((gateway, index) => ({ gateway, start: starts[index]!, broker: brokers[index]! }))
    for (const { gateway, broker } of members) gateway.leadTo(portOf(broker))
    return new Brokers(members)
  }

  get count(): number {
    return this.#members.length
  }

  /** host:port,host:port */
  get addresses(): string {
    return this.#members.map(({ gateway }) => `127.0.0.1:${gateway.port}`).join(',')
  }

  /** Cuts that share of the connections, and says how many that were. */
  cut(share: number, random: () => number): number {
    return this.#members.reduce((sum, { gateway }) => sum + gateway.cut(share, random), 0)
  }

  kill(index: number): Promise<void> {
    return this.#members[index]!.broker.kill()
  }

  /** On the port and with the data that it had. */
  async revive(index: number): Promise<void> {
    const member = this.#members[index]!
    member.broker = await member.start(portOf(member.broker))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ broker }) => broker.kill()))
    await Promise.all(this.#members.map(({ gateway }) => gateway[Symbol.asyncDispose]()))
  }
}

function portOf({ address }: Broker): number {
  return Number(address.split(':')[1])
}
