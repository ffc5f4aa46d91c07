// This process's side of the one that starts commands. It is made with the first command and goes with this process.
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { entryFile } from '../../model/own-files.ts'
import { addGroup, removeGroup, signalGroup } from '../process-groups.ts'
import type { Exit } from './failure.ts'
import type { FromSpawner, Start } from './spawner-messages.ts'

interface Waiting {
  readonly resolve: (exit: Exit) => void
  readonly reject: (error: Error) => void
  pid?: number
}

const entry = fileURLToPath(entryFile('executors/command/spawner-host'))

/** Between SIGTERM and SIGKILL. */
const endGraceMs = 2_000

class Spawner {
  readonly #waiting = new Map<number, Waiting>()
  #host: ChildProcess | undefined
  #number = 0

  /** Resolves when the command is over and nothing of its process group is left. Rejects where it could not be started. */
  run(command: Omit<Start, 'number'>, signal: AbortSignal): Promise<Exit> {
    const number = ++this.#number
    const { promise, resolve, reject } = Promise.withResolvers<Exit>()
    const host = (this.#host ??= this.#fork())
    if (this.#waiting.size === 0) host.channel?.ref()
    this.#waiting.set(number, { resolve, reject })
    host.send({ number, ...command })
    const end = () => void host.send({ number, graceMs: endGraceMs }, () => {})
    signal.addEventListener('abort', end, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', end))
  }

  #fork(): ChildProcess {
    const host = fork(entry, [], { env: { ...process.env, NODE_OPTIONS: '' }, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true })
    host.on('message', message => this.#receive(message as FromSpawner))
    host.once('error', error => this.#lose(host, error.message))
    host.once('exit', (code, signal) => this.#lose(host, signal ?? `exit code ${code}`))
    host.unref()
    return host
  }

  #receive(message: FromSpawner): void {
    const waiting = this.#waiting.get(message.number)
    if (!waiting) return
    if ('pid' in message) {
      waiting.pid = message.pid
      return addGroup(message.pid)
    }
    this.#forget(message.number, waiting)
    if ('error' in message) waiting.reject(Object.assign(new Error(message.error.message), { code: message.error.code }))
    else waiting.resolve(message)
  }

  #forget(number: number, { pid }: Waiting): void {
    this.#waiting.delete(number)
    if (pid !== undefined) removeGroup(pid)
    if (this.#waiting.size === 0) this.#host?.channel?.unref()
  }

  #lose(host: ChildProcess, how: string): void {
    if (this.#host !== host) return
    this.#host = undefined
    for (const [number, waiting] of this.#waiting) {
      if (waiting.pid !== undefined) signalGroup(waiting.pid, 'SIGKILL')
      this.#forget(number, waiting)
      waiting.reject(new Error(`the process that starts commands ended: ${how}`))
    }
  }
}

export const spawner = new Spawner()
