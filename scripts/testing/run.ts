// Runs one command of the repository's own tools to its end, its output on ours.
import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface RunOptions {
  readonly cwd: URL
  /** The command is ended after this long. Default: never. */
  readonly timeoutMs?: number | undefined
  /** Beside what is set already. */
  readonly environment?: Readonly<Record<string, string>> | undefined
}

export interface Outcome {
  readonly ok: boolean
  readonly isTimedOut: boolean
  /** How it ended, as a person would say it. */
  readonly ending: string
}

export async function run(command: string, parameters: readonly string[], { cwd, timeoutMs, environment }: RunOptions): Promise<Outcome> {
  const tools = fileURLToPath(new URL('node_modules/.bin', cwd))
  const env = { ...process.env, ...environment, PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}` }
  const startedAt = performance.now()
  const child = spawn(command, parameters, { cwd, env, stdio: 'inherit', timeout: timeoutMs })
  return new Promise(resolve => {
    const finish = (ok: boolean, reason: string): void => {
      const isTimedOut = timeoutMs !== undefined && performance.now() - startedAt >= timeoutMs
      resolve({ ok: ok && !isTimedOut, isTimedOut, ending: isTimedOut ? `its time used up (${timeoutMs} ms)` : reason })
    }
    child.once('error', error => finish(false, String(error)))
    child.once('close', (code, signal) => finish(code === 0, signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
}
