// Rates of the executors: `node test/executors/benchmark.ts`. What counts are the ratios; alternating rounds, medians.
import { execFileSync, spawn } from 'node:child_process'
import type { Executor } from '../../src/executor.ts'
import { command } from '../../src/executors/command.ts'
import { inlineExecutor } from '../../src/executors/inline.ts'
import { processExecutor } from '../../src/executors/processes.ts'
import { threadExecutor } from '../../src/executors/threads.ts'
import { contextOf, loader, referenceTo } from './fixtures/task.ts'

const echo = referenceTo('echo')
const value = { path: 'photos/a.jpg', size: 12_345, tags: ['x', 'y'] }
const { signal } = new AbortController()

/** Keeps the executor full, as the runtime does. */
function rate(executor: Executor, count: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const beganMs = performance.now()
  const context = contextOf()
  let started = 0
  let finished = 0
  let filling = false
  const settle = () => {
    if (++finished === count) resolve(count / (performance.now() - beganMs) * 1_000)
    else if (!filling) fill()
  }
  const fill = () => {
    filling = true
    while (started < count && started - finished < executor.capacity) {
      started++
      executor.start({ value, context, settle, fail: reject })
    }
    filling = false
  }
  fill()
  return promise
}

async function show(name: string, executor: Executor, count: number): Promise<void> {
  await rate(executor, 100)
  const rates = [await rate(executor, count), await rate(executor, count), await rate(executor, count)].toSorted((a, b) => a - b)
  await executor.close()
  print(name, `${Math.round(rates[1]!).toLocaleString('en')} items/s`)
}

async function commandsPerSecond(one: () => PromiseLike<unknown>, count: number, atOnce: number): Promise<number> {
  const beganMs = performance.now()
  let started = 0
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (started++ < count) await one()
  }))
  return count / (performance.now() - beganMs) * 1_000
}

async function compareWithSpawn(): Promise<void> {
  const bare = () => new Promise(resolve => spawn('true', [], { stdio: 'ignore' }).on('exit', resolve))
  const nothing = command('true')
  const ours = async () => nothing(value, contextOf({ signal }))
  await commandsPerSecond(ours, 100, 2)
  const ratios: number[] = []
  for (let round = 0; round < 9; round++) {
    const theirs = await commandsPerSecond(bare, 300, 2)
    ratios.push(await commandsPerSecond(ours, 300, 2) / theirs)
  }
  print('command true / bare spawn, 2 at once', ratios.toSorted((a, b) => a - b)[4]!.toFixed(3))
}

async function compareWithXargs(): Promise<void> {
  const sleep = command('sleep', '0.1')
  const ratios: number[] = []
  for (let round = 0; round < 3; round++) {
    const beganMs = performance.now()
    execFileSync('sh', ['-c', 'seq 40 | xargs -P 2 -I{} sleep 0.1'])
    const theirs = 40 / (performance.now() - beganMs) * 1_000
    ratios.push(await commandsPerSecond(async () => sleep(value, contextOf({ signal })), 40, 2) / theirs)
  }
  print('command of 100 ms / xargs -P 2', ratios.toSorted((a, b) => a - b)[1]!.toFixed(3))
}

function print(name: string, figure: string): void {
  process.stdout.write(`${name.padEnd(40)} ${figure}\n`)
}

await show('inline, synchronous', inlineExecutor(item => item, 1_000), 1_000_000)
await show('2 threads, 10,000 items', threadExecutor({ threads: 2, perThread: 1, reference: echo, loader }), 10_000)
await show('2 threads, 200,000 items', threadExecutor({ threads: 2, perThread: 1, reference: echo, loader }), 200_000)
await show('2 threads, asynchronous worker', threadExecutor({ threads: 2, perThread: 10, reference: referenceTo('wait for a turn'), loader }), 50_000)
await show('2 processes, 200,000 items', processExecutor({ processes: 2, perProcess: 1, reference: echo, loader }), 200_000)
await compareWithSpawn()
await compareWithXargs()
