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
      const failures = await Array.fromAsync(report.failures(), ({ item, reason }) => ({ item, reason }))
      const done = await Array.fromAsync(report.read('worked'))
      const runs = readFileSync(runsFile, 'utf8').split('\n').length - 1

      assert.deepEqual(failures, [{ item: killerItem, reason: 'crashed' }])
      assert.deepEqual(done.toSorted((a, b) => a - b), Array.from({ length: itemCount }, (_, index) => index).filter(index => index !== killerItem))
      assert.equal(report.balanced, true)
      assert.equal(report.outcome, 'completed-with-failures')
      const extra = runs - itemCount
      assert.ok(extra <= extraRunsMax, `${extra} runs more than items`)
    })
  }
})

/** What was in the dying worker runs again, halved each time: its items, a half, a quarter, ... of at most 1,000. */
const extraRunsMax = attempts * 2 * itemCount / 10
