// What went wrong, for the person at the terminal: the message, what caused it, and no stack unless it was asked for.
import { BatchworkError, shortText, show } from '../model/errors.ts'
import { thrownError, type ThrownError } from '../model/thrown.ts'
import { paintFor } from './colours.ts'
import { writeLine } from './stdout.ts'
import { harmlessJson, neutralised } from './terminal-text.ts'

/** Whether stacks are wanted. */
export function isDebugging(debug: boolean | undefined): boolean {
  return debug === true || ['1', 'true'].includes(process.env['BATCHWORK_DEBUG'] ?? '')
}

export function complain(error: unknown, { debug, json }: { readonly debug?: boolean | undefined; readonly json?: boolean | undefined }): void {
  const { code, message: whole } = descriptionOf(error)
  const message = shortText(whole, charactersMax)
  if (json) writeLine(harmlessJson(JSON.stringify({ type: 'error', code, message })))
  const paint = paintFor(process.stderr)
  process.stderr.write(`${paint('bad', 'error:')} ${neutralised(message)}\n`)
  if (isDebugging(debug)) process.stderr.write(`\n${neutralised(stackOf(error))}\n`)
  else if (!(error instanceof BatchworkError)) process.stderr.write(paint('quiet', 'Run it again with --debug to see the stack.\n'))
}

/** What was given may stand in the message, however long it is. */
export const charactersMax = 10_000

function descriptionOf(error: unknown): { readonly code: string; readonly message: string } {
  const thrown = thrownError(error)
  if (!thrown) return { code: 'UNKNOWN', message: show(error) }
  const own = error instanceof BatchworkError ? error : undefined
  return { code: own?.code ?? systemCodeOf(error), message: `${own ? '' : `${thrown.name}: `}${thrown.message}${becauseOf(thrown, causesMax)}` }
}

/** Node's own errors have one. */
function systemCodeOf(error: unknown): string {
  const { code } = Object.getOwnPropertyDescriptors(error as object)
  return typeof code?.value === 'string' ? code.value : 'UNKNOWN'
}

/** A cause may be its own cause. */
const causesMax = 10

function becauseOf({ message, cause }: ThrownError, left: number): string {
  const because = left > 0 ? thrownError(cause) : undefined
  return because && because.message !== '' && !message.includes(because.message) ? `\n  because: ${because.message}${becauseOf(because, left - 1)}` : ''
}

function stackOf(error: unknown, left = causesMax): string {
  const thrown = thrownError(error)
  if (!thrown) return show(error)
  const stack = thrown.stack ?? `${thrown.name}: ${thrown.message}`
  return thrownError(thrown.cause) && left > 0 ? `${stack}\n\ncaused by ${stackOf(thrown.cause, left - 1)}` : stack
}
