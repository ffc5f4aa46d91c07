// One run, several processes: they come, are killed, leave and come again, on a real broker.
import { equal, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'
import { committed, CopyRun, ended } from './copy-run.ts'

const skip = needs('java')
const slow = { SLOW_MS: '2', SLOW_UNTIL: '4' }

async function copyRun(): Promise<CopyRun> {
  return new CopyRun(`kafka://${await testBroker()}/${randomUUID()}?sessionTimeoutMs=6000`)
}

void test('processes share a run: one is killed, one leaves, one comes late, and every item is there once', { skip }, async t => {
  using copy = await copyRun()
  const [first, second, third] = [copy.begin(slow), copy.begin(slow), copy.begin(slow)]
  t.after(() => [first, second, third].forEach(child => child.kill('SIGKILL')))
  const [, secondEnd, thirdEnd] = [first, second, third].map(ended)
  await copy.workers(3)
  await committed(second, ['double'], 500)
  first.kill('SIGKILL')
  await committed(second, ['double'], 1_000)
  third.kill('SIGTERM')
  const late = copy.run(slow)
  for (const [name, end] of [['the second', secondEnd], ['the late one', late]] as const) {
    const { code, errors } = await end!
    equal(code, 0, `${name}: ${errors}`)
  }
  const left = await thirdEnd!
  equal(left.code, 0, left.errors)
  copy.assertComplete()
  ok(copy.doubledBy.size >= 3, `worked: ${[...copy.doubledBy].join('; ')}`)
})

void test('a process that has run dry is given lanes of a slower one', { skip }, async t => {
  using copy = await copyRun()
  const [slower, faster] = [copy.begin({ SLOW_MS: '100', SLOW_UNTIL: '2' }), copy.begin({ SLOW_MS: '1', SLOW_UNTIL: '2' })]
  t.after(() => [slower, faster].forEach(child => child.kill('SIGKILL')))
  const ends = await Promise.all([slower, faster].map(ended))
  for (const { code, errors } of ends) equal(code, 0, errors)
  copy.assertComplete()
  ok(copy.doubledBy.get(faster.pid!)! >= 6_000, `worked: ${[...copy.doubledBy].join('; ')}`)
})
