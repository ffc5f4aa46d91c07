// Workers in child processes: for work that may take its process down, or leaks. They run the user's own module, so they see the whole
// environment; commands do not. A process and all below it are one group, ended as one, and end by themselves when the parent is gone.
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Executor, WorkerReference } from '../executor.ts'
import { LastWords } from './last-words.ts'
import type { Channel, ChannelEvents } from './pool/channel.ts'
import { seal, unseal, type Envelope } from './pool/envelope.ts'
import type { FromHost, Loader } from './pool/messages.ts'
import { Pool } from './pool/pool.ts'
import { defaultGraceMs, hostEntry, mebibytes } from './pool/settings.ts'
import { addGroup, removeGroup, signalGroup } from './process-groups.ts'

const endGraceMs = 500

export interface ProcessOptions {
  readonly processes: number
  /** Items at once in each process. */
  readonly perProcess: number
  readonly reference: WorkerReference
  readonly loader: Loader
  /** Bytes of heap for each process. */
  readonly memory?: number | undefined
  /** How long an aborted item may go on. Default 1,000. */
  readonly graceMs?: number | undefined
  /** Is given what the processes write to standard error. Default: standard error of this one. */
  readonly onErrorText?: ((text: string) => void) | undefined
}

interface Start {
  readonly execArgv: readonly string[]
  readonly memoryMiB: number | undefined
  readonly onErrorText: (text: string) => void
}

export function processExecutor({ processes, perProcess, reference, loader, memory, graceMs = defaultGraceMs, onErrorText = toStandardError }: ProcessOptions): Executor {
  const memoryMiB = memory === undefined ? undefined : mebibytes(memory)
  const execArgv = [...inheritedOptions(process.execArgv), ...memoryMiB === undefined ? [] : [`--max-old-space-size=${memoryMiB}`]]
  return new Pool({ members: processes, perMember: perProcess, reference, loader, graceMs, open: events => openProcess({ execArgv, memoryMiB, onErrorText }, events) })
}

function openProcess({ execArgv, memoryMiB, onErrorText }: Start, events: ChannelEvents): Channel {
  const child = fork(fileURLToPath(hostEntry), [], { execArgv: [...execArgv], serialization: 'advanced', detached: true, stdio: ['inherit', 'inherit', 'pipe', 'ipc'] })
  const lastWords = new LastWords(onErrorText)
  child.stderr!.setEncoding('utf8').on('data', (text: string) => lastWords.hear(text))
  const gone = whenGone(child)
  child.on('message', envelope => events.message(unseal<FromHost>(envelope as unknown as Envelope)))
  if (child.pid !== undefined) addGroup(child.pid)
  void gone.then(how => {
    endGroup(child)
    child.stderr!.destroy()
    events.ended(lastWords.cause(memoryMiB) ?? how)
  })
  return {
    sharesMemory: false,
    // A child that dies reports itself by ending; a failed write says nothing more.
    send: message => { if (child.connected) child.send(seal(message), () => {}) },
    end: () => end(child, gone),
  }
}

// Its last results and words are on their way when it exits: it is gone once all are at their end.
function whenGone(child: ChildProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  child.once('error', error => resolve(`could not be started: ${error.message}`))
  child.once('exit', (code, signal) => {
    const how = signal ? `was killed by ${signal}` : `exited with code ${code}`
    child.once('close', () => resolve(how))
    setTimeout(resolve, endGraceMs, how).unref()
  })
  return promise
}

async function end(child: ChildProcess, gone: Promise<string>): Promise<void> {
  if (child.pid === undefined) return
  if (child.exitCode === null && child.signalCode === null) signalGroup(child.pid, 'SIGTERM')
  const timer = setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), endGraceMs)
  await gone
  clearTimeout(timer)
}

function toStandardError(text: string): void {
  process.stderr.write(text)
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  signalGroup(child.pid, 'SIGKILL')
  removeGroup(child.pid)
}

// `node -e CODE` would run CODE in each child, and --input-type is for CODE alone.
function inheritedOptions(options: readonly string[]): string[] {
  const code = options.findIndex(option => /^(-e|-p|-pe|--eval|--print)$/.test(option))
  return options.filter((option, index) => !(code >= 0 && (index === code || index === code + 1)) && !/^--(eval|print|input-type)=/.test(option))
}
