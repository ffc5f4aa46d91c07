import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PartitionId } from '../../src/log.ts'
import { assign, keyOf, type Candidate } from '../../src/logs/kafka/assignment.ts'

const topics = { lead: 1, double: 8, 'double in order': 1, halve: 3, sink: 1 }
const partitionsOf = (topic: string) => topics[topic as keyof typeof topics] ?? 0
const all = Object.keys(topics)

/** Rounds until nobody has to let go of anything, each as the members would join it. */
function settled(members: readonly Candidate[]): ReadonlyMap<string, readonly PartitionId[]> {
  let owned = new Map(members.map(member => [member.id, member.owned]))
  for (let round = 0; round < 5; round++) {
    const shares = assign(members.map(member => ({ ...member, owned: owned.get(member.id)! })), partitionsOf)
    owned = new Map(Array.from(shares, ([id, { partitions }]) => [id, partitions]))
  }
  return owned
}

const member = (id: string, owned: readonly PartitionId[] = [], isAlone = false): Candidate => ({ id, owned, isAlone, topics: all })
const countOf = (ids: readonly PartitionId[], topic: string) => ids.filter(id => id.topic === topic).length

void test('whoever takes part gets an even share of every topic, and each partition has one owner', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 12 }), fc.array(fc.nat(11), { maxLength: 30 }), (count, owners) => {
    const ids = all.flatMap(topic => Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })))
    const members = Array.from({ length: count }, (_, index) => member(`m${index}`, ids.filter((_id, at) => owners[at] === index)))
    const shares = settled(members)
    assert.deepEqual([...shares.values()].flat().map(keyOf).toSorted(), ids.map(keyOf).toSorted())
    for (const topic of all) {
      const counts = [...shares.values()].map(share => countOf(share, topic))
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${topic}: ${counts.join()}`)
    }
  }))
})

void test('members that take some stages only, or some shards, have an even share of what they take; what nobody takes has no owner, and nothing moves for ever', () => {
  const ids = all.flatMap(topic => Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })))
  const parts: readonly Pick<Candidate, 'topics' | 'only'>[] = [{ topics: all }, { topics: ['lead', 'double'] }, { topics: ['lead', 'halve', 'sink'] }, { topics: ['lead', 'double'], only: { double: [1, 2] } }]
  fc.assert(fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }), fc.array(fc.nat(7), { maxLength: 30 }), (chosen, owners) => {
    const takes = ({ topics, only }: Candidate, { topic, partition }: PartitionId) => topics.includes(topic) && (only?.[topic]?.includes(partition) ?? true)
    const members = chosen.map((part, index): Candidate => ({ ...member(`m${index}`), ...parts[part]! })).map((each, index) => ({ ...each, owned: ids.filter((id, at) => owners[at] === index && takes(each, id)) }))
    const shares = settled(members)
    assert.deepEqual([...shares.values()].flat().map(keyOf).toSorted(), ids.filter(id => members.some(each => takes(each, id))).map(keyOf).toSorted())
    for (const each of members) assert.ok(shares.get(each.id)!.every(id => takes(each, id)))
    for (const topic of ['lead', 'halve', 'sink']) {
      const counts = members.filter(each => each.topics.includes(topic)).map(({ id }) => countOf(shares.get(id)!, topic))
      if (counts.length > 0) assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${topic}: ${counts.join()}`)
    }
    const again = settled(members.map(each => ({ ...each, owned: shares.get(each.id)! })))
    assert.deepEqual([...again].map(([id, owned]) => [id, owned.map(keyOf).toSorted()]), [...shares].map(([id, owned]) => [id, owned.map(keyOf).toSorted()]), 'what is settled stays')
  }))
})

void test('whoever comes takes no more than its share; the others keep the rest', () => {
  const first = settled([member('a'), member('b')])
  const before = [...first].map(([id, owned]) => member(id, owned))
  const after = settled([...before, member('c')])
  for (const { id, owned } of before) {
    const kept = after.get(id)!.filter(each => owned.some(own => keyOf(own) === keyOf(each)))
    assert.equal(kept.length, after.get(id)!.length, `${id} was given what it did not have`)
  }
})

void test('what moves is free for a round: nobody is given what another has not let go', () => {
  const ids = Array.from({ length: 8 }, (_, partition) => ({ topic: 'double', partition }))
  const shares = assign([{ ...member('a', ids), topics: ['double'] }, { ...member('b'), topics: ['double'] }], partitionsOf)
  assert.equal(shares.get('a')!.partitions.length, 4)
  assert.deepEqual(shares.get('b')!.partitions, [])
})

void test('who wants to be alone is locked out by those who share', () => {
  const shares = assign([member('a'), member('b', [], true)], partitionsOf)
  assert.deepEqual([shares.get('a')!.isLocked, shares.get('b')!.isLocked, shares.get('b')!.partitions.length], [false, true, 0])
})

void test('who has run dry gets half of what is busy elsewhere, and the others what has nothing in it', () => {
  const ids = Array.from({ length: 8 }, (_, partition) => ({ topic: 'double', partition }))
  let owned: ReadonlyMap<string, readonly PartitionId[]> = new Map([['busy', ids.slice(0, 4)], ['dry', ids.slice(4)]])
  for (let round = 0; round < 5; round++) {
    const members = Array.from(owned, ([id, own]) => ({ ...member(id, own), topics: ['double'], busy: own.filter(({ partition }) => partition < 4).map(keyOf) }))
    owned = new Map(Array.from(assign(members, partitionsOf), ([id, { partitions }]) => [id, partitions]))
  }
  const busyOnes = (id: string) => owned.get(id)!.filter(({ partition }) => partition < 4).length
  assert.deepEqual([busyOnes('busy'), busyOnes('dry')], [2, 2])
  assert.deepEqual([owned.get('busy')!.length, owned.get('dry')!.length], [4, 4])
})
