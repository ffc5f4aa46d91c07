// What went wrong, for the person at the terminal: the message, what caused it, and no stack unless it was asked for.
import { BatchworkError } from '../model/errors.ts'
import { paintFor } from './colours.ts'
import { writeLine } from './stdout.ts'
import { neutralised } from './terminal-text.ts'

/** Whether stacks are wanted. */
export function isDebugging(debug: boolean | undefined): boolean {
  return debug === true || ['1', 'true'].includes(process.env['BATCHWORK_DEBUG'] ?? '')
}

export function complain(error: unknown, { debug, json }: { readonly debug?: boolean | undefined; readonly json?: boolean | undefined }): void {
  const { code, message } = descriptionOf(error)
  if (json) writeLine(JSON.stringify({ type: 'error', code, message }))
  const paint = paintFor(process.stderr)
  process.stderr.write(`${paint('bad', 'error:')} ${neutralised(message)}\n`)
  if (isDebugging(debug)) process.stderr.write(`\n${neutralised(stackOf(error))}\n`)
  else if (!(error instanceof BatchworkError)) process.stderr.write(paint('quiet', 'Run it again with --debug to see the stack.\n'))
}

function descriptionOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) }
  const code = 'code' in error ? String(error.code) : 'UNKNOWN'
  const name = error instanceof BatchworkError ? '' : `${error.name}: `
  return { code, message: `${name}${error.message}${becauseOf(error)}` }
}

function becauseOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' && !message.includes(cause.message) ? `\n  because: ${cause.message}${becauseOf(cause)}` : ''
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.stack}\n\ncaused by ${stackOf(error.cause)}` : String(error.stack)
}
