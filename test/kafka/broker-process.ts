// One Kafka broker as a child process: KRaft, loopback, free ports, little memory, and timeouts that suit tests.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { jarsFolder } from './jars.ts'

const upWithinMs = 120_000
/** Compiled quickly rather than well: most of a short life is start. */
const javaOptions = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError', '-Djava.awt.headless=true']
const clusterId = 'BatchworkTestCluster-A'

export interface Broker {
  readonly address: string
  readonly child: ChildProcess
  /** SIGKILL, waited for. The data stays in the folder: another broker on the same ports goes on with it. */
  kill(): Promise<void>
}

export interface Listener {
  /** As in the names of its settings. */
  readonly name: string
  readonly protocol: 'SSL' | 'SASL_SSL'
  readonly port: number
}

export interface BrokerSettings {
  /** Besides the one without TLS that the broker's address names. */
  readonly listeners?: readonly Listener[]
  /** Of several that make a cluster, from 1. Default 1. */
  readonly node?: number
  /** The ports that the controllers of all of them have, this one's among them, in the order of the nodes. */
  readonly controllers?: readonly number[]
  /** Added to what all brokers here have, or in its place. */
  readonly properties?: Readonly<Record<string, string>>
}

/** `port`: that of a broker that ran in this folder before. */
export async function startBroker(folder: string, port?: number, broker: BrokerSettings = {}): Promise<Broker> {
  const jars = await jarsFolder()
  const [own, controllers] = [port ?? await freePort(), broker.controllers ?? [await freePort()]]
  await mkdir(folder, { recursive: true })
  const settings = join(folder, 'server.properties')
  await writeFile(settings, propertiesOf({ folder, port: own, controllers }, broker))
  await writeFile(join(folder, 'log4j2.xml'), quietLogging)
  if (!existsSync(join(folder, 'data'))) {
    await cp(await formatted(jars, settings, folder), join(folder, 'data'), { recursive: true })
    if (broker.node !== undefined) await renumber(join(folder, 'data', 'meta.properties'), broker.node)
  }
  const log = openSync(join(folder, 'log'), 'a')
  const child = spawn('java', [...javaParameters(jars, folder), 'kafka.Kafka', settings], { stdio: ['ignore', log, log] })
  for (const opened of [own, ...(broker.listeners ?? []).map(listener => listener.port)]) await accepting(child, opened, join(folder, 'log'))
  const kill = async () => {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    child.kill('SIGKILL')
    await exited
  }
  return { address: `127.0.0.1:${own}`, child, kill }
}

const nodes = [1, 2, 3] as const

/** How to start each of three brokers that make a cluster, in which two are enough. One alone does not accept connections, so they are started together. `each`: properties of their own. */
export async function startThree(folder: string, each: readonly BrokerSettings['properties'][] = []): Promise<readonly ((port?: number) => Promise<Broker>)[]> {
  const controllers = await Promise.all(nodes.map(() => freePort()))
  return nodes.map((node, index) => port => startBroker(join(folder, String(node)), port, { node, controllers, properties: { ...ofThree, ...each[index] } }))
}

const ofThree = {
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'min.insync.replicas': '2',
  'broker.session.timeout.ms': '4000',
}

interface Place {
  readonly folder: string
  readonly port: number
  readonly controllers: readonly number[]
}

function propertiesOf({ folder, port, controllers }: Place, { listeners = [], node = 1, properties = {} }: BrokerSettings): string {
  const open = [`PLAINTEXT://127.0.0.1:${port}`, ...listeners.map(each => `${each.name}://127.0.0.1:${each.port}`)].join(',')
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': String(node),
    'controller.quorum.voters': controllers.map((each, index) => `${index + 1}@127.0.0.1:${each}`).join(','),
    'listeners': `${open},CONTROLLER://127.0.0.1:${controllers[node - 1]}`,
    'advertised.listeners': open,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...listeners.map(({ name, protocol }) => `${name}:${protocol}`)].join(','),
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '2',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '2',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '200',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
    'log.cleaner.dedupe.buffer.size': '2097152',
    'log.index.size.max.bytes': '102400',
    'log.segment.delete.delay.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'background.threads': '2',
    ...properties,
  }).map(([name, value]) => `${name}=${value}\n`).join('')
}

const quietLogging = '<Configuration status="ERROR"><Appenders><Console name="c"><PatternLayout pattern="%d{HH:mm:ss} %p %c{1} %m%n"/></Console></Appenders>'
  + '<Loggers><Root level="WARN"><AppenderRef ref="c"/></Root></Loggers></Configuration>\n'

function javaParameters(jars: string, folder: string): readonly string[] {
  return [...javaOptions, `-Dlog4j2.configurationFile=${join(folder, 'log4j2.xml')}`, '-cp', join(jars, 'jars', '*')]
}

/** An empty storage folder. Making one takes a Java of its own, so it is kept. */
async function formatted(jars: string, settings: string, folder: string): Promise<string> {
  const kept = join(jars, 'formatted')
  if (existsSync(kept)) return kept
  await promisify(execFile)('java', [...javaParameters(jars, folder), 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings])
  await rename(join(folder, 'data'), kept).catch((error: NodeJS.ErrnoException) => {
    if (!existsSync(kept)) throw error
  })
  await rm(join(folder, 'data'), { recursive: true, force: true })
  return kept
}

/** What was kept was made for node 1. */
async function renumber(file: string, node: number): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/^node\.id=.*$/m, `node.id=${node}`).replace(/^directory\.id=.*$/m, `directory.id=${randomBytes(16).toString('base64url')}`))
}

async function accepting(child: ChildProcess, port: number, log: string): Promise<void> {
  const deadline = performance.now() + upWithinMs
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the broker ended with ${child.exitCode ?? child.signalCode}:\n${(await readFile(log, 'utf8')).slice(-2_000)}`)
    if (performance.now() > deadline) throw new Error(`the broker did not accept connections within ${upWithinMs / 1_000} s:\n${(await readFile(log, 'utf8')).slice(-2_000)}`)
    await pause(50)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error(`expected a TCP address, got ${address}`)
  return address.port
}
