import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flow } from '../../src/pipeline/flow.ts'
import type { Stream } from '../../src/pipeline/stream.ts'
import { planned } from './planning.ts'

interface Variant {
  readonly name?: string
  readonly worker?: () => void
  readonly shards?: Parameters<Stream<number>['shard']>[1]['shards']
  readonly change?: (stream: Stream<number>) => Stream<number>
  readonly settings?: object
  readonly tolerate?: number
  readonly priority?: boolean
}

function hashOf({ name = 'look', worker = () => {}, shards = 4, change = stream => stream, settings = {}, tolerate = 0, priority = false }: Variant = {}): string {
  return planned((numbers: Stream<number>, flow: Flow) => {
    const merged = flow.merge('all', [numbers], priority ? { priority: () => 'high' } : {})
    change(merged).work(name, worker, settings).shard('shards', { by: String, shards })
      .barrier('done', { tolerate }).to({ name: 'out', write: async () => {} })
  }).hash
}

test('a plan that is built again has the same hash', () => {
  assert.equal(hashOf(), hashOf())
  assert.match(hashOf(), /^[0-9a-f]{16}$/)
})

test('code and settings may be mended without another hash', () => {
  const mended: readonly Variant[] = [
    { worker: () => void Math.abs(-1) }, { settings: { attempts: 9, timeout: '5s', concurrency: 3 } }, { tolerate: 5 }, { shards: { 0: {}, 1: { paused: true }, 2: { region: 'north' }, 3: {} } },
  ]
  for (const variant of mended) assert.equal(hashOf(variant), hashOf(), JSON.stringify(variant))
})

test('another name, input, operator, gate, number or name of shards, or a queue by priority is another plan', () => {
  const others: Readonly<Record<string, Variant>> = {
    name: { name: 'see' },
    'fewer shards': { shards: 3 },
    'other shards': { shards: { north: {}, south: {}, east: {}, west: {} } },
    operator: { change: stream => stream.map(number => number) },
    filter: { change: stream => stream.filter(() => true) },
    gate: { change: stream => stream.barrier('before') },
    stage: { change: stream => stream.work('more', number => number) },
    queue: { settings: { priority: () => 'high' } },
    merger: { priority: true },
  }
  const hashes = Object.values(others).map(hashOf)
  assert.equal(new Set([hashOf(), ...hashes]).size, hashes.length + 1)
})
