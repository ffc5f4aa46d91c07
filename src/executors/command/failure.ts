// Why a command failed, in words. What it wrote to standard error is shown, with whatever would steer a terminal made visible.
import { PermanentError } from '../../model/errors.ts'

const permanentCode = 65

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What its process group had in memory when it was killed for that. */
  readonly memoryBytes?: number | undefined
}

export function exitError(program: string, { code, signal, memoryBytes }: Exit, errorTail: string): Error {
  const killed = memoryBytes === undefined ? `was killed by ${signal}` : `was ended because it had ${Math.ceil(memoryBytes / 1_048_576)} MiB in memory, above its limit`
  const how = signal ? killed : `exited with code ${code}`
  const output = visible(errorTail).trim()
  const message = `command '${visible(program)}' ${how}${output ? `: ${output}` : ' and wrote nothing to standard error'}`
  if (code === permanentCode) return new PermanentError(message, { data: { exitCode: code } })
  return Object.assign(new Error(message), { exitCode: code, signal })
}

export function startError(program: string, parameters: readonly string[], error: NodeJS.ErrnoException): Error {
  const name = visible(program)
  switch (error.code) {
    case 'ENOENT': return new PermanentError(`command '${name}' not found: install it or give its full path`, { cause: error })
    case 'EACCES': return new PermanentError(`command '${name}' may not be executed: make it executable (chmod +x), or give its interpreter first`, { cause: error })
    case 'E2BIG': return new PermanentError(`the arguments of command '${name}' are too long (${parameters.join('').length} characters): let it read the item from WORK_ITEM_FILE`, { cause: error })
    case 'ERR_INVALID_ARG_VALUE': return new PermanentError(`an argument of command '${name}' cannot be passed to a program: ${error.message}`, { cause: error })
    default: return new Error(`command '${name}' could not be started: ${error.message}`, { cause: error })
  }
}

/** Control and direction-changing characters as \x1b and \u202e; line ends and tabs stay. */
export function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, character => {
    const code = character.codePointAt(0)!
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })
}
