// One command for one item: start it as a process group, wait, end what is left of the group.
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { PermanentError } from '../../model/errors.ts'
import type { Context } from '../../model/worker.ts'
import { addGroup, removeGroup, signalGroup } from '../process-groups.ts'
import { itemDocument, resultOf } from './document.ts'
import { exitError, startError, type Exit } from './failure.ts'
import { giveBack, takeSlot, type Slot } from './slot.ts'

/** Between SIGTERM and SIGKILL. */
const endGraceMs = 2_000

let nothing: number | undefined

export type Parameter<T> = string | ((item: T) => string)

/** What the command left in WORK_RESULT_FILE, unchecked; undefined when it left nothing. */
export async function runCommand<T>(program: string, parameters: readonly Parameter<T>[], item: T, context: Pick<Context, 'signal'>): Promise<unknown> {
  const { signal } = context
  signal.throwIfAborted()
  const strings = parameters.map(parameter => textOf(program, parameter, item))
  const slot = takeSlot()
  try {
    slot.writeItem(itemDocument(item))
    const exit = await runGroup(program, strings, slot, signal)
    signal.throwIfAborted()
    if (exit.code !== 0) throw exitError(program, exit, slot.readErrorTail())
    return resultOf(item, slot.readResult())
  } finally {
    giveBack(slot)
  }
}

function runGroup(program: string, parameters: string[], slot: Slot, signal: AbortSignal): Promise<Exit> {
  const { promise, resolve, reject } = Promise.withResolvers<Exit>()
  try {
    const empty = nothing ??= openSync('/dev/null', 'r+')
    const child = spawn(program, parameters, { env: slot.environment, stdio: [empty, empty, slot.errorOutput], detached: true })
    const { pid } = child
    if (pid === undefined) {
      child.once('error', error => reject(startError(program, parameters, error)))
      return promise
    }
    const stopWatching = endOnAbort(pid, signal)
    child.once('exit', (code, killedBy) => {
      stopWatching()
      signalGroup(pid, 'SIGKILL')
      removeGroup(pid)
      resolve({ code, signal: killedBy })
    })
  } catch (error) {
    reject(startError(program, parameters, error as NodeJS.ErrnoException))
  }
  return promise
}

function endOnAbort(pid: number, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    signalGroup(pid, 'SIGTERM')
    timer = setTimeout(signalGroup, endGraceMs, pid, 'SIGKILL')
  }
  addGroup(pid)
  signal.addEventListener('abort', end, { once: true })
  return () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

function textOf<T>(program: string, parameter: Parameter<T>, item: T): string {
  const text: unknown = typeof parameter === 'function' ? parameter(item) : parameter
  if (typeof text === 'string') return text
  throw new PermanentError(`an argument of command '${program}' came out as ${String(text)} (${typeof text}) for this item, but must be a string`)
}
