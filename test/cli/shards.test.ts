// What the command line tells of shards: a rollout that was rolled back, a shard that is unhealthy. With real threads and processes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { jsonLines, Workplace } from './workplace.ts'

/** KIND: threads, processes or none. The new worker fails where BAD is set; shard 'south' fails where BROKEN is. */
const sending = `
import { items, jsonLinesFile, pipeline } from 'batchwork'
const { KIND, BAD, BROKEN } = process.env
const replaced = (n, { shard }) => {
  if (BROKEN && shard === 'south') throw new Error('no route to the south')
  return { n, shard, version: 'old', process: process.pid }
}
const replacing = (n, { shard }) => {
  if (BAD) throw new Error('cannot send ' + n)
  return { n, shard, version: 'new', process: process.pid }
}
export default pipeline('sending', flow => {
  flow.source('letters', items(Array.from({ length: 400 }, (_, n) => n)))
    .shard('shards', { by: n => n, shards: { north: {}, south: {}, west: {}, east: {} } })
    .work('send', BROKEN ? replaced : replacing, { ...(KIND && { [KIND]: 2 }), ...(!BROKEN && { rollout: { from: replaced, order: ['west'], soak: '0s' } }) })
    .to(jsonLinesFile('sent.jsonl'), { name: 'sent' })
})
`

const numbersIn = (place: Workplace) => jsonLines(place.read('sent.jsonl')).map(({ n }) => n as number).toSorted((a, b) => a - b)
const all = Array.from({ length: 400 }, (_, n) => n)

describe('shards', { concurrency: 2 }, () => {
  for (const kind of ['threads', 'processes']) {
    test(`a version that fails in ${kind} is rolled back, and status and resume tell of it`, async t => {
      const place = new Workplace(t, { 'sending.ts': sending })
      const ended = await place.run(['run', 'sending.ts'], { env: { KIND: kind, BAD: '1' } })
      assert.equal(ended.code, 0, ended.stderr)
      assert.deepEqual(numbersIn(place), all)
      assert.ok(jsonLines(place.read('sent.jsonl')).every(({ version }) => version === 'old'))
      assert.match(ended.stderr + ended.stdout, /the rollout was rolled back: \d+ of the last \d+ attempts in shard 'west' failed/)
      assert.match((await place.run(['status'])).stdout, /the rollout of 'send' was rolled back at .*in shard 'west' failed under the new worker/)
      const [state] = jsonLines((await place.run(['status', '--json'])).stdout)
      assert.deepEqual([state.rollouts[0].status, state.rollouts[0].moved], ['rolled-back', ['west']])
      await place.run(['resume', 'send'])
      assert.doesNotMatch((await place.run(['status'])).stdout, /rollout/)
      const again = await place.run(['run', 'sending.ts'], { env: { KIND: kind } })
      assert.equal(again.code, 0, again.stderr)
      const sent = jsonLines(place.read('sent.jsonl'))
      assert.deepEqual(new Set(sent.map(({ version }) => version)), new Set(['old', 'new']))
      assert.ok(sent.filter(({ version }) => version === 'new').every(({ process: pid }) => kind === 'threads' || pid !== sent.find(({ version }) => version === 'old').process))
    })
  }

  test('an unhealthy shard is told of while it runs and in status', async t => {
    const place = new Workplace(t, { 'sending.ts': sending })
    const ended = await place.run(['run', 'sending.ts'], { env: { BROKEN: '1' } })
    assert.match(ended.stderr + ended.stdout, /shard 'south' is unhealthy/)
    assert.match((await place.run(['status'])).stdout, /shard 'south' of 'send' is unhealthy since .*: \d+ of its last \d+ attempts failed; its items go to the others/)
    const [state] = jsonLines((await place.run(['status', '--json'])).stdout)
    assert.deepEqual(state.unhealthyShards.map(({ stage, shard }: any) => [stage, shard]), [['send', 'south']])
  })
})
