import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { testBroker } from '../kafka/broker.ts'
import { needs } from '../needs.ts'
import { Workplace } from './workplace.ts'

const shop = `
import { countBy, items, jsonFile, limit, pipeline, topic } from 'batchwork'
const parcels = topic('parcels')
const post = limit('post', { concurrency: 3, perSecond: 10 })
export default pipeline('shop', { tolerate: '1%' }, flow => {
  const orders = flow.source('orders', items([{ region: 'north' }]))
    .shard('by region', { by: order => order.region, shards: { north: {}, south: {} } })
    .work('pack', order => order, { attempts: 3, timeout: '5s' })
  orders.failed.work('apologise', () => {})
  const packed = orders.barrier('all packed', { tolerate: 2 })
  packed.filter(order => order.region !== '').work('ship', order => order, { limit: post }).to(parcels, { name: 'parcels out' })
  const regions = packed.keyBy(order => order.region).reduce('regions', countBy(() => 'all'))
  regions.to(jsonFile('regions.json'))
  return { regions }
})
`

test('the plan as a tree tells what is fused, stored, sharded, limited and held back', async t => {
  const { code, stdout, stderr } = await new Workplace(t, { 'shop.ts': shop }).run(['plan', 'shop.ts'])
  assert.equal(code, 0, stderr)
  assert.equal(stdout, `shop · 6 stages · 1 barrier · 4 topics stored · tolerates 1% failed

orders  source, read where it is, not copied
└─ by region  sharder · 2 shards: north, south
   │ stored
   └─ pack  work · 2 shards · attempts 3 · timeout 5s
      │ stored once for its 2 readers, kept whole: a barrier waits for all of it
      ├─ ship  work · limit 'post' (3 at once, 10 a second)
      │    behind barrier 'all packed'
      │    fused: filter
      │    writes topic 'parcels'
      ├─ regions  reduce · a table by key
      │  │ behind barrier 'all packed'
      │  │ fused: key
      │  │ stored, kept as a result
      │  └─ regions.json  sink
      └─ apologise  work
           reads what failed
           results are not stored: nothing reads them

Barriers
  all packed opens when 'pack' and 'by region' are complete, and tolerates 2 failed
    holds 'ship' and 'regions'

Results
  regions of 'regions'
`)
})

test('the plan as a Mermaid diagram', async t => {
  const { code, stdout, stderr } = await new Workplace(t, { 'shop.ts': shop }).run(['plan', 'shop.ts', '--mermaid'])
  assert.equal(code, 0, stderr)
  assert.equal(stdout, `flowchart TD
  n1(["orders"])
  n2[("parcels")]
  n3{{"by region × 2"}}
  n4["pack"]
  n5["apologise"]
  n6["ship"]
  n7[/"regions"\\]
  n8[("regions.json")]
  n9{"all packed"}
  n1 --> n3
  n3 --> n4
  n4 -. failed .-> n5
  n4 --> n9
  n9 -->|"filter"| n6
  n9 -->|"key"| n7
  n7 --> n8
  n6 --> n2
`)
})

test('the plan as JSON holds the same facts, and planning leaves no store', async t => {
  const place = new Workplace(t, { 'shop.ts': shop })
  const facts = JSON.parse((await place.run(['plan', 'shop.ts', '--json'])).stdout)
  assert.deepEqual(facts.barriers, [{ name: 'all packed', before: ['pack', 'by region'], tolerate: 2, holds: ['ship', 'regions'] }])
  const ship = facts.stages.find(({ name }: { name: string }) => name === 'ship')
  assert.deepEqual(ship.inputs, [{ kind: 'topic', from: 'pack', fused: ['filter'], barriers: ['all packed'], after: [] }])
  assert.equal((await place.run(['status'])).code, 1)
})

const photos = `
import { setTimeout as pause } from 'node:timers/promises'
import { items, pipeline } from 'batchwork'
export default pipeline('photos', flow => {
  flow.source('names', items(Array.from({ length: 30 }, (_, n) => n))).work('look up', name => name).work('resize', () => pause(10), { concurrency: 2 })
})
`

test('after a run the plan tells what was measured, which stage is the bottleneck, and what it needs', async t => {
  const place = new Workplace(t, { 'photos.ts': photos })
  const before = await place.run(['plan', 'photos.ts'])
  assert.ok(!before.stdout.includes('Measured') && before.stderr === '', before.stderr)
  assert.equal((await place.run(['run', 'photos.ts', '-q'])).code, 0)
  const { stdout } = await place.run(['plan', 'photos.ts'])
  assert.ok(stdout.startsWith(before.stdout))
  assert.match(stdout, /\nMeasured in run 1\nstage +items  time per item  workers +together\nlook up +30 .*\nresize +30 .* ms +2 .*\/s\n\nThe bottleneck is 'resize': .*\/s with concurrency 2\. \S/)
  const { measured, stages } = JSON.parse((await place.run(['plan', 'photos.ts', '--json'])).stdout)
  assert.equal(stages.length, 2)
  assert.equal(measured.run, 1)
  const { meanMs, workers, isBlocking } = measured.stages.resize.time
  assert.ok(meanMs > 5, `${meanMs} ms`)
  assert.deepEqual([measured.stages.resize.items, workers, isBlocking], [30, 2, false])
  const { stage, option, has, keepsUp } = measured.bottleneck
  assert.deepEqual([stage, option, has, keepsUp.with, keepsUp.isBefore], ['resize', 'concurrency', 2, 'look up', true])
  assert.ok(keepsUp.needs > 2)
})

test('after a run on Kafka that two processes shared, the plan tells what was measured in both', { skip: needs('java') }, async t => {
  const place = new Workplace(t, { 'photos.ts': photos })
  const engine = ['--engine', `kafka://${await testBroker()}/${randomUUID()}`]
  const ended = await Promise.all([1, 2].map(() => place.run(['run', 'photos.ts', '--once', 'shared', '-q', ...engine])))
  assert.deepEqual(ended.map(({ code }) => code), [0, 0], ended.map(({ stderr }) => stderr).join('\n'))
  const { measured } = JSON.parse((await place.run(['plan', 'photos.ts', '--json', ...engine])).stdout)
  assert.equal(measured.stages.resize.items, 30)
  assert.ok(measured.stages.resize.time.meanMs > 5)
  assert.equal(measured.bottleneck.stage, 'resize')
  assert.match((await place.run(['plan', 'photos.ts', ...engine])).stdout, /\nMeasured in run 1\n[^]*\nThe bottleneck is 'resize': /)
})

test('a store that was asked for and cannot be opened fails the command; one that was not keeps nobody from the plan', async t => {
  const place = new Workplace(t, { 'photos.ts': photos })
  const nowhere = 'kafka://127.0.0.1:1'
  const asked = await place.run(['plan', 'photos.ts', '--engine', nowhere])
  assert.equal(asked.code, 1)
  assert.equal(asked.stdout, '')
  const { code, stdout, stderr } = await place.run(['plan', 'photos.ts'], { env: { BATCHWORK_ENGINE: nowhere } })
  assert.equal(code, 0)
  assert.match(stdout, /^photos · 2 stages/)
  assert.match(stderr, /^What was measured cannot be told: .+\n$/)
})
