// The join: what is behind it happens when everything before it is done, or not at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError, items, pipeline } from '../../src/index.ts'
import { World } from '../../src/testing/world.ts'
import { listOf, overNumbers, runNumbers, sorted, upTo, worldWithClient } from './running.ts'

test('nothing behind a barrier happens before everything before it is done', async () => {
  let done = 0
  const early: number[] = []
  await runNumbers(upTo(300), numbers => {
    numbers.work('before', async () => { done++ }, { concurrency: 4 }).barrier('all').work('behind', () => { if (done < 300) early.push(done) })
  }, { faults: ['delay', 'reorder'], seed: 3 })
  assert.deepEqual(early, [])
})

test('one failure keeps a barrier shut, and the report says which stage', async () => {
  const behind: number[] = []
  const { report } = await runNumbers(upTo(50), numbers => {
    numbers.work('before', n => { if (n === 7) throw new PermanentError('no') }).barrier('all').work('behind', n => { behind.push(n) })
  })
  assert.equal(report.outcome, 'stopped')
  assert.deepEqual(behind, [])
  assert.match(report.reasons.join(), /'all' stays shut: 1 failed in 'before'/)
})

test('a barrier opens with no more failures than it tolerates', async () => {
  for (const [tolerate, opens] of [[2, true], [1, false], ['4%', true], ['3%', false]] as const) {
    const behind: number[] = []
    const { report } = await runNumbers(upTo(50), numbers => {
      numbers.work('before', n => { if (n < 2) throw new PermanentError('no') }).barrier('all', { tolerate }).work('behind', n => { behind.push(n) })
    })
    assert.equal(behind.length, opens ? 48 : 0, `tolerate ${tolerate}`)
    assert.equal(report.outcome, opens ? 'completed-with-failures' : 'stopped')
  }
})

test('a barrier that tolerates everything opens though all the parts of an item fail', async () => {
  const { report } = await runNumbers([1], numbers => {
    const parts = numbers.work('whole', n => n).flatMap(n => [n, n + 1, n + 2])
    parts.work('part', () => { throw new PermanentError('no') }).barrier('all', { tolerate: '100%' }).work('behind', n => n)
  })
  assert.equal(report.outcome, 'completed-with-failures', report.reasons.join())
})

test('the same command redrives what shut a barrier, and only that', async () => {
  const { world, client } = worldWithClient()
  const before: number[] = []
  const behind: number[] = []
  let isMended = false
  const holding = overNumbers(numbers => {
    numbers.work('before', n => {
      before.push(n)
      if (n === 7 && !isMended) throw new PermanentError('no')
    }).barrier('all').work('behind', n => { behind.push(n) })
  }, upTo(30))
  assert.equal((await world.until(client.run(holding))).outcome, 'stopped')
  assert.equal(before.length, 30)
  isMended = true
  const report = await world.until(client.run(holding))
  assert.equal(report.outcome, 'completed')
  assert.deepEqual(before.slice(30), [7])
  assert.deepEqual(behind.toSorted((a, b) => a - b), upTo(30))
  world.clock.stop()
})

test('what is returned right behind a barrier is there when it opens, and not before', async () => {
  const world = new World()
  const client = world.client()
  let isMended = false
  const returning = pipeline('test', flow => {
    const worked = flow.source('numbers', items(upTo(10))).work('before', n => { if (n === 7 && !isMended) throw new PermanentError('no') })
    return { behind: worked.barrier('all'), before: worked }
  })
  const shut = await world.until(client.run(returning))
  assert.match(shut.reasons.join(), /'all' stays shut: 1 failed in 'before'/)
  assert.deepEqual(await listOf(shut.read('behind')), [])
  assert.equal((await listOf(shut.read('before'))).length, 9)
  isMended = true
  assert.deepEqual(sorted(await listOf((await world.until(client.run(returning))).read('behind'))), upTo(10))
  world.clock.stop()
})

test('a run that crashed between two barriers opens the second', async () => {
  for (let commit = 0; commit < 20; commit++) {
    const behind: number[] = []
    const { report } = await runNumbers(upTo(3), numbers => {
      numbers.work('a', n => n).barrier('first').work('b', n => n).barrier('second').work('c', n => { behind.push(n) })
    }, { crashAt: { commit, when: 'after' } })
    assert.equal(report.outcome, 'completed', `after commit ${commit}: ${report.reasons.join()}`)
    assert.deepEqual(sorted([...new Set(behind)]), [0, 1, 2])
  }
})

test('a barrier on failures waits until the stage that fails has ended', async () => {
  let isEnded = false
  const early: unknown[] = []
  await runNumbers(upTo(10), numbers => {
    const worked = numbers.work('before', (n, { attempt }) => {
      if (n === 3) throw new PermanentError('at once')
      if (n === 9 && attempt === 3) isEnded = true
      if (n === 9 && attempt < 3) throw new Error('twice')
    }, { attempts: 3, backoff: { delay: '1m', jitter: false } })
    worked.failed.barrier('all failures', { tolerate: '100%' }).work('report', failure => { if (!isEnded) early.push(failure) })
  })
  assert.equal(isEnded, true)
  assert.deepEqual(early, [])
})
