// Runs the simulations of scripts/ in a process of its own: the hooks of the test runner make promises three times as dear.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { SharedSummary } from '../../scripts/simulate-shared.ts'
import type { Summary } from './sweep.ts'

export interface Sweeping extends Summary {
  readonly gaps: readonly string[]
  readonly seedsPerSecond: number
}

interface Simulating {
  readonly nodeOptions?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  readonly script?: 'simulate.ts' | 'simulate-shared.ts'
}

export async function simulating(options: readonly string[], { nodeOptions = [], environment = {}, script = 'simulate.ts' }: Simulating = {}): Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }> {
  const child = spawn(process.execPath, [...nodeOptions, new URL(`../../scripts/${script}`, import.meta.url).pathname, ...options], { env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise<number | null>(resolve => child.on('exit', resolve))
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  return { code, output, errors }
}

export function swept(options: readonly string[], more?: Omit<Simulating, 'script'>): Promise<Sweeping> {
  return summaryOf([...options, '--workers', '1'], { ...more, script: 'simulate.ts' })
}

/** Of runs that several processes share. */
export function sharedSwept(options: readonly string[], more?: Omit<Simulating, 'script'>): Promise<SharedSummary> {
  return summaryOf(options, { ...more, script: 'simulate-shared.ts' })
}

async function summaryOf<Found>(options: readonly string[], how: Simulating): Promise<Found> {
  const { output, errors, code } = await simulating([...options, '--json'], how)
  if (output === '') throw new Error(`the simulation ended with ${code} and gave nothing\n${errors}`)
  return JSON.parse(output) as Found
}
