import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hash32, shardOf } from '../../src/policies/sharding.ts'

/** As the first version gave them. */
const hashes = [2872998923, 444641715, 479058529, 3763107291]
const places = [7, 6, 3, 4, 5]

type Shards = Parameters<typeof shardOf>[1]

const numbered = (count: number): Shards => Array.from({ length: count }, (_, index) => ({ name: String(index), weight: 1 }))
const someShards: fc.Arbitrary<Shards> = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1, maxLength: 5 }), weight: fc.integer({ min: 1, max: 5 }) }), { minLength: 2, maxLength: 12, selector: ({ name }) => name })
const key = fc.oneof(fc.string(), fc.integer(), fc.nat(99).map(number => `photos/${number}.jpg`))

function sharesOf(shards: Shards, keys: readonly (string | number)[]): readonly number[] {
  const counts = shards.map(() => 0)
  for (const each of keys) counts[shardOf(each, shards)]!++
  return counts.map(count => count / keys.length)
}

const families: Readonly<Record<string, readonly (string | number)[]>> = {
  numbers: Array.from({ length: 20_000 }, (_, index) => index),
  paths: Array.from({ length: 20_000 }, (_, index) => `photos/2024/${index % 12}/IMG_${index}.jpg`),
  'numbers in tens': Array.from({ length: 20_000 }, (_, index) => index * 10),
  'long, differing at the front': Array.from({ length: 20_000 }, (_, index) => `${index}-${'x'.repeat(40)}`),
}

for (const [family, keys] of Object.entries(families)) {
  test(`keys are spread evenly: ${family}`, () => {
    for (const count of [2, 3, 8, 32]) {
      // Five standard deviations of a fair draw.
      const allowed = 5 * Math.sqrt((1 / count) * (1 - 1 / count) / keys.length)
      for (const share of sharesOf(numbered(count), keys)) assert.ok(Math.abs(share - 1 / count) < allowed, `${share} of ${count} shards`)
    }
  })
}

test('a shard gets keys by its weight', () => {
  const shards = [{ name: 'north', weight: 3 }, { name: 'south', weight: 1 }, { name: 'west', weight: 0.5 }]
  for (const keys of Object.values(families)) {
    sharesOf(shards, keys).forEach((share, index) => assert.ok(Math.abs(share - shards[index]!.weight / 4.5) < 0.02, `${share} of '${shards[index]!.name}'`))
  }
})

test('when a shard is removed only its own keys move, and when it is added keys move only to it', () => {
  fc.assert(fc.property(someShards, fc.nat(), fc.array(key, { maxLength: 30 }), (shards, chosen, keys) => {
    const removed = shards[chosen % shards.length]!
    const left = shards.filter(shard => shard !== removed)
    for (const each of keys) {
      const before = shards[shardOf(each, shards)]!
      if (before !== removed) assert.equal(left[shardOf(each, left)], before)
    }
  }))
})

test('raising the weight of a shard moves keys only to it', () => {
  fc.assert(fc.property(someShards, fc.nat(), fc.array(key, { maxLength: 30 }), (shards, chosen, keys) => {
    const at = chosen % shards.length
    const heavier = shards.map((shard, index) => (index === at ? { ...shard, weight: shard.weight * 4 } : shard))
    for (const each of keys) {
      const after = shardOf(each, heavier)
      assert.ok(after === at || after === shardOf(each, shards))
    }
  }))
})

test('a key stays in its shard in whatever order the shards are listed', () => {
  fc.assert(fc.property(someShards.chain(shards => fc.tuple(fc.constant(shards), fc.shuffledSubarray([...shards], { minLength: shards.length }))), key, ([shards, shuffled], each) => {
    // Two different shards have the same score only where their hashes collide.
    assert.equal(shuffled[shardOf(each, shuffled)]!.name, shards[shardOf(each, shards)]!.name)
  }))
})

test('the same key goes to the same shard in every version: it is where stored items are', () => {
  assert.deepEqual(['', 'a', 'photos/1.jpg', 'ä😀'].map(hash32), hashes)
  assert.deepEqual([0, 1, 'a', 'photos/1.jpg', 'ä😀'].map(each => shardOf(each, numbered(8))), places)
})
