// close.
import assert from 'node:assert/strict'
import type { Log } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import type { Check } from './check.ts'
import { Held } from './held.ts'
import { append, commit, readToEnd, valuesOf } from './scene.ts'

const id = { topic: 'orders', partition: 0 }

export const closing: readonly Check[] = [
  {
    name: 'closing twice is closing once, and other processes go on',
    run: async scene => {
      const log = await scene.with('orders')
      const other = await scene.open()
      await Promise.all([log.close(), log.close()])
      await log.close()
      await other.append(append(id, 'a'))
      await scene.assertHolds(other, id, ['a'])
    },
  },
  {
    name: 'what was asked for before the close is answered: done and kept, or refused and not there',
    run: async scene => {
      const log = await scene.with('orders')
      const { held } = await scene.own(log, ['orders'])
      const asked = [log.append(append(id, 'a')), commit(log, held, { appends: [append(id, 'b')], state: [{ store: 'sums', key: 'k', value: '1' }] })]
      const [[appended, committed]] = await Promise.all([Promise.allSettled(asked), log.close()])
      const after = await scene.open()
      for (const answer of [appended!, committed!]) assert.ok(answer.status === 'fulfilled' || answer.reason instanceof LogError)
      const isCommitted = committed!.status === 'fulfilled'
      assert.deepEqual(await after.get('sums', ['k']), isCommitted ? [{ key: 'k', value: '1' }] : [])
      const values = valuesOf(await scene.read(after, id, isCommitted ? 1 : 0))
      assert.equal(values.includes('b'), isCommitted)
      if (appended!.status === 'fulfilled') await scene.eventually('the append is readable', async () => valuesOf(await readToEnd(after, id)).includes('a'))
    },
  },
  {
    name: 'every call after the close rejects with a LogError',
    run: async scene => {
      const log = await scene.with('orders')
      await log.close()
      for (const [name, call] of Object.entries(calls)) await assert.rejects(call(log), error => error instanceof LogError && error.message.length > 10, `${name} must reject with a LogError`)
      log.watch(() => {})()
    },
  },
]

const calls: Readonly<Record<string, (log: Log) => Promise<unknown>>> = {
  createTopics: log => log.createTopics([]),
  deleteTopics: log => log.deleteTopics([]),
  topics: log => log.topics(),
  append: log => log.append(append(id, 'a')),
  read: log => log.read(id, 0),
  join: log => log.join('group', ['orders'], new Held()),
  commit: log => log.commit({ epoch: 1, appends: [], progress: [], state: [] }),
  progress: log => log.progress('billing'),
  get: log => log.get('sums', ['k']),
  scan: log => log.scan('sums'),
  deleteStores: log => log.deleteStores([]),
}
