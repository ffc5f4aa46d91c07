// The only broker is killed in the middle of a run and comes back: the process waits for it and goes on.
import { equal } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { startBroker } from './broker-process.ts'
import { CopyRun, ended } from './copy-run.ts'

test('a run of 10,000 items goes on when the broker that was killed is back, loses nothing and doubles nothing', { skip: needs('java') }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-kafka-killed-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const broker = await startBroker(folder)
  t.after(() => broker.kill())
  using copy = new CopyRun(`kafka://${broker.address}?sessionTimeoutMs=60000`)
  const child = copy.begin({ PAUSE_AT: '5000' })
  const end = ended(child)
  await Promise.race([once(child, 'message'), end])
  // Others are at work and being committed.
  await broker.kill()
  child.send('go on')
  const restarted = await startBroker(folder, Number(broker.address.split(':')[1]))
  t.after(() => restarted.kill())
  const { code, errors } = await end
  equal(code, 0, errors)
  copy.assertComplete()
})
