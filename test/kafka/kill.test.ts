// A process is killed in the middle of a run on Kafka, and the same command is given again.
import { equal } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'
import { committed, CopyRun, ended } from './copy-run.ts'

const skip = needs('java')

test('a run of 10,000 items that is killed while they flow loses nothing and doubles nothing', { skip }, async () => {
  using copy = new CopyRun(await engine())
  equal((await copy.run({ KILL_AT: '4000' })).signal, 'SIGKILL')
  await assertResumed(copy)
})

test('a run of 10,000 items that is killed when all but one are committed loses nothing and doubles nothing', { skip }, async () => {
  using copy = new CopyRun(await engine())
  const child = copy.begin({ PAUSE_AT: '5000' })
  await committed(child, ['double', 'doubled', 'sums'], 9_999)
  child.kill('SIGKILL')
  equal((await ended(child)).signal, 'SIGKILL')
  await assertResumed(copy)
})

test('a process that stood still past its session is taken over, and spoils nothing when it goes on', { skip }, async t => {
  using copy = new CopyRun(await engine())
  const child = copy.begin({ PAUSE_AT: '5000' })
  t.after(() => child.kill('SIGKILL'))
  await committed(child, ['double', 'doubled', 'sums'], 9_999)
  child.kill('SIGSTOP')
  const { code, errors } = await copy.run()
  equal(code, 0, errors)
  copy.assertComplete()
  const late = ended(child)
  child.kill('SIGCONT')
  child.send('go on')
  // It takes part again, and finds that all is done.
  const { code: lateCode, errors: lateErrors } = await late
  equal(lateCode, 0, lateErrors)
  copy.assertComplete()
})

async function engine(): Promise<string> {
  return `kafka://${await testBroker()}/${randomUUID()}?sessionTimeoutMs=6000`
}

async function assertResumed(copy: CopyRun): Promise<void> {
  const { code, errors } = await copy.run({ KILL_AT: '4000' })
  equal(code, 0, errors)
  copy.assertComplete()
}
