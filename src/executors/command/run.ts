// One command for one item: started as a process group, waited for, and what is left of the group ended.
import { PermanentError, show } from '../../model/errors.ts'
import type { Context } from '../../model/worker.ts'
import { itemDocument, resultOf } from './document.ts'
import { exitError, startError, type Exit } from './failure.ts'
import { giveBack, takeSlot, type Slot } from './slot.ts'
import type { GroupLimits } from './spawner-messages.ts'
import { spawner } from './spawner.ts'

export type Parameter<T> = string | ((item: T) => string)

export interface CommandSetting {
  /** What messages call it. Default: the program. */
  readonly name?: string | undefined
  /** Default: where this process was started. */
  readonly folder?: string | undefined
  /** Beside what every command sees. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  readonly limits?: GroupLimits | undefined
}

/** What the command left in WORK_RESULT_FILE, unchecked; undefined when it left nothing. */
export async function runCommand<T>(program: string, parameters: readonly Parameter<T>[], item: T, context: Pick<Context, 'signal'>, setting: CommandSetting = {}): Promise<unknown> {
  const { signal } = context
  signal.throwIfAborted()
  const strings = parameters.map(parameter => textOf(program, parameter, item))
  const slot = takeSlot()
  try {
    slot.writeItem(itemDocument(item))
    const exit = await runGroup(program, strings, slot, signal, setting)
    signal.throwIfAborted()
    if (exit.code !== 0) throw exitError(setting.name ?? program, exit, slot.readErrorTail())
    return resultOf(item, slot.readResult())
  } finally {
    giveBack(slot)
  }
}

async function runGroup(program: string, parameters: readonly string[], slot: Slot, signal: AbortSignal, { folder = process.cwd(), environment, limits }: CommandSetting): Promise<Exit> {
  try {
    return await spawner.run({ program, parameters, folder, environment: { ...slot.environment, ...environment }, errorOutput: slot.errorOutputPath, limits }, signal)
  } catch (error) {
    throw startError(program, parameters, error as NodeJS.ErrnoException)
  }
}

function textOf<T>(program: string, parameter: Parameter<T>, item: T): string {
  const text: unknown = typeof parameter === 'function' ? parameter(item) : parameter
  if (typeof text === 'string') return text
  throw new PermanentError(`an argument of command '${program}' came out as ${show(text)} (${typeof text}) for this item, but must be a string`)
}
