import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { CommittedEpochs } from '../../src/logs/kafka/committed-epochs.ts'

void test('a transaction that was not committed is told from those before and after it, of its producer and of others', () => {
  const committed = new CommittedEpochs()
  for (const [id, epoch] of [[7n, 0], [7n, 1], [7n, 1], [7n, 2], [7n, 4], [7n, 9], [8n, 3]] as const) committed.add({ id, epoch })
  const known = (id: bigint) => Array.from({ length: 12 }, (_, epoch) => epoch).filter(epoch => committed.has({ id, epoch }))
  deepEqual([known(7n), known(8n), known(9n)], [[0, 1, 2, 4, 9], [3], []])
})
