// P9: among 10,000 items some throw, exit, kill their process, hang or eat memory. All others are done, each bad one is a dead letter with its
// attempts and its reason, and few innocent ones run again.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { temporaryFolder, type Ended } from './command.ts'
import { batchwork, fixture } from './command-line.ts'
import { attempts, itemCount, poisons, type Poison } from './fixtures/poisons.ts'

const file = fixture('poisons')
const itemsFailed = 2
const vanishedMax = 6

const errors: Readonly<Record<Poison, RegExp>> = {
  throws: /^Error: a bad item$/, exits: /^CrashedError: .*exited with code 7$/, kills: /^CrashedError: .*was killed by SIGKILL$/, eats: /^CrashedError: .*ran out of memory \(limit 61 MiB\); raise 'memory'$/, hangs: /^TimeoutError: .*timeout of 2500 ms/,
}
const reasons: Readonly<Record<Poison, string>> = { throws: 'attempts', exits: 'crashed', kills: 'crashed', eats: 'crashed', hangs: 'timeout' }

interface FailureLine {
  readonly item: number
  readonly reason: string
  readonly attempts: number
  readonly at: string
  readonly history: readonly { readonly attempt: number; readonly at: string; readonly error: { readonly name: string; readonly message: string } }[]
}

suite('bad items of every kind among 10,000', { concurrency: 2 }, () => {
  for (const [where, pipeline] of [['threads', 'poison in threads'], ['processes', 'poison in processes'], ['alone', 'poison in processes, one at a time in each'], ['main', 'poison in the main process']] as const) {
    test(`${where}: all others are done, each bad one is a dead letter with its attempts and reason, and few run again`, async () => {
      using folder = temporaryFolder()
      const store = ['--store', join(folder.path, 'store')]
      const vanished = await runToItsEnd(() => batchwork(folder.path, ['run', file, '--pipeline', pipeline, '--quiet', ...store]))
      const failures = (await batchwork(folder.path, ['failures', '--json', ...store])).output.trim().split('\n').map(line => JSON.parse(line) as FailureLine)
      const bad = poisons[where]
      const found = failures.map(({ item, reason, attempts: made }) => [item, reason, made] as const)
      assert.deepEqual(found.toSorted(([a], [b]) => a - b), [...bad].map(([item, poison]) => [item, reasons[poison], attempts]))
      for (const failure of failures) assertHistory(failure, where === 'main' ? undefined : errors[bad.get(failure.item)!])
      const { done, failed } = await countsOf(folder.path, store)
      assert.deepEqual([done, failed], [itemCount - bad.size, bad.size])

      const innocent = await innocentRuns(folder.path, bad)
      const more = innocent.reduce((sum, count) => sum + count - 1, 0)
      const killers = [...bad.values()].filter(poison => poison !== 'throws').length
      const moreMax = killers * attempts * Math.ceil(Math.log2(itemCount))
      if (process.env['CRASH_SHOW'] !== undefined) console.log({ where, more, moreMax, vanished })
      if (vanished === 0) assert.ok(more <= moreMax, `innocent items ran ${more} times more`)
      // Where the process of the run itself vanishes, what it had not committed runs again: no item more often than processes vanished.
      else assert.ok(Math.max(...innocent) <= 1 + vanished + attempts, `an innocent item ran ${Math.max(...innocent)} times`)
    })
  }
})

/** Every attempt, in order, each with its error and its time. In the process of the run itself the attempts that ended it left none. */
function assertHistory({ item, at, history }: FailureLine, error: RegExp | undefined): void {
  assert.deepEqual(history.map(({ attempt }) => attempt), Array.from({ length: attempts }, (_, index) => index + 1), `history of item ${item}`)
  for (const made of history) if (error) assert.match(`${made.error.name}: ${made.error.message}`, error)
  assert.deepEqual(history.map(made => made.at), history.map(made => new Date(made.at).toISOString()).toSorted())
  assert.equal(history.at(-1)!.at, at)
}

/** How often each innocent item ran. */
async function innocentRuns(folder: string, bad: ReadonlyMap<number, Poison>): Promise<readonly number[]> {
  const counts = new Map<number, number>()
  for (const line of (await readFile(join(folder, 'runs.txt'), 'utf8')).trim().split('\n')) counts.set(Number(line), (counts.get(Number(line)) ?? 0) + 1)
  for (const item of bad.keys()) counts.delete(item)
  assert.equal(counts.size, itemCount - bad.size)
  return [...counts.values()]
}

/** Gives the same command until it ends by itself; says how often it did not. */
async function runToItsEnd(command: () => Promise<Ended>): Promise<number> {
  for (let vanished = 0; ; vanished++) {
    const { code, errors } = await command()
    if (code === itemsFailed) return vanished
    assert.ok(vanished < vanishedMax, errors)
  }
}

async function countsOf(folder: string, store: readonly string[]): Promise<{ readonly done: number; readonly failed: number }> {
  const { output } = await batchwork(folder, ['status', '--json', ...store])
  const { stages } = JSON.parse(output.trim().split('\n')[0]!) as { readonly stages: Readonly<Record<string, { readonly done: number; readonly failed: number }>> }
  return stages['work']!
}
