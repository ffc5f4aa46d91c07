// Private Redis and PostgreSQL servers for one benchmark run: a free loopback port, a temporary folder, stopped by pid.
// Both come from the system (Debian: redis-server, postgresql); PostgreSQL refuses to run as root, so root hands it to `postgres` or `nobody`.

import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'

export interface Server {
  readonly port: number
  readonly version: string
  stop(): Promise<void>
}

const startTimeoutMs = 30_000

export type AppendFsync = 'always' | 'everysec'

export async function startRedis(appendFsync: AppendFsync): Promise<Server> {
  const program = findProgram('redis-server', [], 'redis-server')
  const folder = temporaryFolder('redis')
  const port = await freePort()
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes']
  const child = spawn(program, [...settings, '--appendfsync', appendFsync, '--loglevel', 'warning'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const version = /v=([\d.]+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown'
  return serve({ child, port, version, folder, stopSignal: 'SIGTERM', answers: canConnect })
}

/** Durable as by default; memory and WAL sizes raised; an eager autovacuum, which queues of dead rows need (worth 1.5 times here). */
export const postgresSettings: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '1GB',
  work_mem: '64MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  wal_buffers: '64MB',
  jit: 'off',
  autovacuum_naptime: '1s',
  autovacuum_vacuum_cost_delay: '0'
}

export async function startPostgres(): Promise<Server> {
  const program = findProgram('postgres', debianPostgresFolders(), 'postgresql')
  const folder = temporaryFolder('postgres')
  const owner = unprivilegedOwner()
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const initialise = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(program, '..', 'initdb'), initialise, { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const port = await freePort()
  const settings = Object.entries(postgresSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const addresses = ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', folder, '-c', 'log_min_messages=fatal']
  const child = spawn(program, [...addresses, ...settings], { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] })
  const version = /\) ([\d.]+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown'
  return serve({ child, port, version, folder, stopSignal: 'SIGINT', answers: answersQueries })
}

interface StartedServer {
  readonly child: ChildProcess
  readonly port: number
  readonly version: string
  readonly folder: string
  readonly stopSignal: NodeJS.Signals
  readonly answers: (port: number) => Promise<boolean>
}

async function serve(started: StartedServer): Promise<Server> {
  const { child, port, version, folder, stopSignal } = started
  const stopWithUs = (): void => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  process.once('exit', stopWithUs)
  const stop = async (): Promise<void> => {
    process.off('exit', stopWithUs)
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    child.kill(stopSignal)
    await exited
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  try {
    await answering(started)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, version, stop }
}

async function answering({ child, port, answers }: StartedServer): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs
  while (Date.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} exited with code ${child.exitCode} before it answered.`)
    if (await answers(port)) return
    await delay(20)
  }
  throw new Error(`${child.spawnfile} did not answer on 127.0.0.1:${port} within ${startTimeoutMs} ms.`)
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (accepted: boolean): void => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

/** PostgreSQL accepts connections a moment before it serves them. */
async function answersQueries(port: number): Promise<boolean> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error(`Expected a TCP address, got ${address}.`)
  return address.port
}

export function temporaryFolder(label: string): string {
  return mkdtempSync(join(tmpdir(), `batchwork-peers-${label}-`))
}

function findProgram(name: string, extraFolders: readonly string[], debianPackage: string): string {
  const folders = [...extraFolders, ...(process.env['PATH'] ?? '').split(delimiter)]
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new Error(`The program ${name} was not found in ${folders.join(', ')}. Install it: apt-get install ${debianPackage}`)
}

function debianPostgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return []
  const newestFirst = readdirSync(root).sort((left, right) => Number(right) - Number(left))
  return newestFirst.map((version) => join(root, version, 'bin'))
}

function unprivilegedOwner(): Pick<SpawnOptions, 'uid' | 'gid'> {
  if (process.getuid?.() !== 0) return {}
  const user = ['postgres', 'nobody'].find((name) => idOf(name, '-u') !== undefined)
  if (user === undefined) throw new Error('PostgreSQL cannot run as root, and neither the user postgres nor nobody exists. Run as another user.')
  return { uid: idOf(user, '-u'), gid: idOf(user, '-g') }
}

function idOf(user: string, flag: '-u' | '-g'): number | undefined {
  try {
    return Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return undefined
  }
}
