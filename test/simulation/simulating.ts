// Runs scripts/simulate.ts in a process of its own: the hooks of the test runner make promises three times as dear.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Summary } from './sweep.ts'

export interface Sweeping extends Summary {
  readonly gaps: readonly string[]
  readonly seedsPerSecond: number
}

const script = new URL('../../scripts/simulate.ts', import.meta.url).pathname

export async function simulating(options: readonly string[], { nodeOptions = [], environment = {} }: { readonly nodeOptions?: readonly string[]; readonly environment?: NodeJS.ProcessEnv } = {}): Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }> {
  const child = spawn(process.execPath, [...nodeOptions, script, ...options], { env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise<number | null>(resolve => child.on('exit', resolve))
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  return { code, output, errors }
}

export async function swept(options: readonly string[], more?: Parameters<typeof simulating>[1]): Promise<Sweeping> {
  const { output, errors, code } = await simulating([...options, '--workers', '1', '--json'], more)
  if (output === '') throw new Error(`the simulation ended with ${code} and gave nothing\n${errors}`)
  return { ...(JSON.parse(output) as Sweeping) }
}
