// P9: an item that kills the thread or process it runs in is set aside; all others are done, and few of them run again.
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { temporaryFolder } from './command.ts'

const folder = temporaryFolder()
process.env['CRASH_FOLDER'] = folder.path
process.once('exit', () => folder[Symbol.dispose]())
const { connect } = await import('../../src/index.ts')
const { attempts, inProcesses, inThreads, itemCount, killerItem, runsFile } = await import('./fixtures/killer.ts')

suite('an item that kills its worker', { concurrency: 1 }, () => {
  for (const [where, pipeline] of [['process', inProcesses], ['thread', inThreads]] as const) {
    test(`in a ${where} is a dead letter 'crashed'; the other ${itemCount - 1} are done, and few run twice`, async () => {
      rmSync(runsFile, { force: true })
      await using client = await connect({ engine: join(folder.path, where) })
      const report = await client.run(pipeline)
      const failures = (await listOf(report.failures())).map(({ item, reason }) => ({ item, reason }))
      const done = await listOf(report.read('worked'))
      const lines = readFileSync(runsFile, 'utf8').trim().split('\n')
      const [runs, killerRuns] = [lines.length, lines.filter(line => line === String(killerItem)).length]

      assert.deepEqual(failures, [{ item: killerItem, reason: 'crashed' }])
      assert.deepEqual(done.toSorted((a, b) => a - b), Array.from({ length: itemCount }, (_, index) => index).filter(index => index !== killerItem))
      assert.equal(report.balanced, true)
      assert.equal(report.outcome, 'completed-with-failures')
      if (process.env['CRASH_SHOW'] !== undefined) console.log({ runs, killerRuns })
      const extra = runs - itemCount
      assert.ok(extra <= extraRunsMax, `${extra} runs more than items`)
    })
  }
})

async function listOf<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const value of values) list.push(value)
  return list
}

/** What was beside the killer runs once more, alone. */
const extraRunsMax = attempts * Math.ceil(Math.log2(itemCount))
