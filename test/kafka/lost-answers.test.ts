// Transactions of which nobody says how they ended: the log finds out by itself, and its caller hears nothing of it.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mock, test } from 'node:test'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { outcomeUnknown } from '../../src/logs/kafka/failures.ts'
import { Transactor, type Outcome, type Transaction } from '../../src/logs/kafka/transactor.ts'
import { Held } from '../../src/testing/log-conformance/held.ts'
import { append, valuesOf } from '../../src/testing/log-conformance/scene.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

const id = { topic: 'orders', partition: 0 }

test('a commit that was stored though its answer was lost is answered, one that was not is made again', { skip: needs('java') }, async t => {
  const log = await openKafka(`kafka://${await testBroker()}/${randomUUID()}`)
  t.after(() => log.close())
  await log.createTopics([{ name: 'orders', partitions: 1, subscriptions: [] }])
  const held = new Held()
  await log.join('run', ['orders'], held)
  // eslint-disable-next-line typescript/unbound-method -- called on what it is called on
  const run = Transactor.prototype.run
  let runs = 0
  let lost = 0
  mock.method(Transactor.prototype, 'run', async function (this: Transactor, transaction: Transaction): Promise<Outcome> {
    const [isStored, isHeardOf] = [[true, true], [true, false], [false, false]][runs++ % 3]!
    const outcome: Outcome = isStored ? await run.call(this, transaction) : { kind: 'aborted', error: undefined }
    if (isHeardOf) return outcome
    lost++
    return { kind: 'unknown', error: new Error('lost'), offsets: outcome.kind === 'committed' ? outcome.offsets : transaction.records.map(() => 0) }
  })
  t.after(() => mock.restoreAll())
  const numbers = Array.from({ length: 12 }, (_, number) => number)
  for (const number of numbers) await log.commit({ epoch: held.epoch, appends: [append(id, number)], progress: [], state: [{ store: 'sums', key: 'last', value: String(number) }] })
  ok(lost > 8, `${lost} answers were lost`)
  deepEqual(valuesOf(await log.read(id, 0, { chunks: 100 })), numbers)
  deepEqual(await log.get('sums', ['last']), [{ key: 'last', value: '11' }])
})

test('when nobody can tell how commits ended, all of them are refused, none is made again, and the log is closed', { skip: needs('java') }, async t => {
  const address = `kafka://${await testBroker()}/${randomUUID()}`
  const log = await openKafka(address)
  await log.createTopics([{ name: 'orders', partitions: 1, subscriptions: [] }])
  const held = new Held()
  await log.join('run', ['orders'], held)
  // eslint-disable-next-line typescript/unbound-method -- called on what it is called on
  const run = Transactor.prototype.run
  let runs = 0
  mock.method(Transactor.prototype, 'run', async function (this: Transactor, transaction: Transaction): Promise<Outcome> {
    runs++
    await run.call(this, transaction)
    throw outcomeUnknown(new Error('lost'))
  })
  t.after(() => mock.restoreAll())
  const sent = [1, 2, 3].map(number => log.commit({ epoch: held.epoch, appends: [append(id, number)], progress: [], state: [] }))
  for (const commit of sent) await rejects(commit, { code: 'OUTCOME_UNKNOWN' })
  equal(runs, 1)
  await rejects(log.read(id, 0), { code: 'OUTCOME_UNKNOWN' })
  const next = await openKafka(address)
  t.after(() => next.close())
  deepEqual(valuesOf(await next.read(id, 0, { chunks: 10 })), [1, 2, 3])
})
