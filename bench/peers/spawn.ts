// Baselines for command workers: how fast this machine starts commands, by a bare Node loop and by xargs, two at a time.
// Usage: node bench/peers/spawn.ts [--rounds 3]; prints commands per second.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { median } from './run.ts'

export const slots = 2

export interface SpawnBaseline {
  readonly name: string
  readonly commands: number
  readonly commandsPerSecond: number
}

export async function measureSpawn(rounds = 3): Promise<SpawnBaseline[]> {
  return [
    await medianOf('node spawn, true, 2 slots', 1_000, rounds, nodeLoop),
    await medianOf('xargs -P 2, true', 1_000, rounds, (commands) => xargs(commands, 'true', 'ignored')),
    await medianOf('xargs -P 2, sleep 0.1', 40, rounds, (commands) => xargs(commands, 'sleep', '0.1'))
  ]
}

type Loop = (commands: number) => Promise<void>

async function medianOf(name: string, commands: number, rounds: number, loop: Loop): Promise<SpawnBaseline> {
  const rates: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now()
    await loop(commands)
    rates.push(commands / ((performance.now() - start) / 1000))
  }
  return { name, commands, commandsPerSecond: median(rates) }
}

export async function nodeLoop(commands: number): Promise<void> {
  let left = commands
  const slot = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await succeeds(spawn('true', { stdio: 'ignore' }))
    }
  }
  await Promise.all(Array.from({ length: slots }, slot))
}

/** xargs starts the program once for every input line, with the line as its argument. */
export async function xargs(commands: number, program: string, argument: string): Promise<void> {
  const child = spawn('xargs', ['-P', String(slots), '-n', '1', program], { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(`${argument}\n`.repeat(commands))
  await succeeds(child)
}

async function succeeds(child: ReturnType<typeof spawn>): Promise<void> {
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with code ${code}; expected 0.`)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
  console.log(JSON.stringify(await measureSpawn(Number(values.rounds)), undefined, 2))
}
