// Runs one measurement in a Node process of its own, so that none pays for another's heap, timers or compiled code.
// A subject (bench/subjects) gets its parameters as JSON in its first argument and prints its result as the last line of its output.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const timeoutMs = 900_000

export async function inChild<Result>(subject: string, parameters: object): Promise<Result> {
  const file = fileURLToPath(new URL(`../subjects/${subject}.ts`, import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(parameters)], { stdio: ['ignore', 'pipe', 'inherit'], timeout: timeoutMs })
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`The subject ${subject} ended with ${signal ?? `code ${code}`}; expected 0. Its errors are above. Parameters: ${JSON.stringify(parameters)}`)
  return JSON.parse(output.trimEnd().split('\n').at(-1)!) as Result
}

/** For a subject: what `inChild` was given. */
export function parametersOf<Parameters>(): Parameters {
  const [, , given] = process.argv
  if (given === undefined) throw new Error(`A subject needs its parameters as JSON, such as '{"items":1000}'; got none.`)
  return JSON.parse(given) as Parameters
}

/** For a subject: hands the result over and ends the process. */
export function handOver(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
}
