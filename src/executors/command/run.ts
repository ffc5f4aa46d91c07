// One command for one item: started as a process group, waited for, and what is left of the group ended.
import { PermanentError } from '../../model/errors.ts'
import type { Context } from '../../model/worker.ts'
import { itemDocument, resultOf } from './document.ts'
import { exitError, startError, type Exit } from './failure.ts'
import { giveBack, takeSlot, type Slot } from './slot.ts'
import { spawner } from './spawner.ts'

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

async function runGroup(program: string, parameters: readonly string[], slot: Slot, signal: AbortSignal): Promise<Exit> {
  try {
    return await spawner.run({ program, parameters, folder: process.cwd(), environment: slot.environment, errorOutput: slot.errorOutputPath }, signal)
  } catch (error) {
    throw startError(program, parameters, error as NodeJS.ErrnoException)
  }
}

function textOf<T>(program: string, parameter: Parameter<T>, item: T): string {
  const text: unknown = typeof parameter === 'function' ? parameter(item) : parameter
  if (typeof text === 'string') return text
  throw new PermanentError(`an argument of command '${program}' came out as ${String(text)} (${typeof text}) for this item, but must be a string`)
}
