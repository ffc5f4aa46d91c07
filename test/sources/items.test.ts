import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items } from '../../src/sources/items.ts'
import { readAll, readSplit, resumesEverywhere, splitsOf } from './reading.ts'

const numbers = Array.from({ length: 2_345 }, (_, index) => index)

test('an array is read any number of times, from any position', async () => {
  const source = items(numbers)
  const [split] = await splitsOf(source)
  for (let time = 0; time < 2; time++) assert.deepEqual((await readSplit(source, split!)).map(({ item }) => item), numbers)
  assert.deepEqual((await readSplit(source, split!, 2_340)).map(({ item }) => item), [2_340, 2_341, 2_342, 2_343, 2_344])
  assert.ok(await resumesEverywhere(items(['a', 'b', 'c']), split!))
})

test('iterables are read again from the beginning', async () => {
  const source = items(new Set(numbers))
  const [split] = await splitsOf(source)
  assert.deepEqual((await readSplit(source, split!)).map(({ item }) => item), numbers)
  assert.deepEqual((await readSplit(source, split!, 2_344)).map(({ item }) => item), [2_344])
})

test('a generator goes on where it was in a new process, and is refused when read twice in one', async () => {
  async function* generate() {
    yield* ['a', 'b', 'c']
  }
  const [split] = await splitsOf(items(generate()))
  assert.deepEqual((await readSplit(items(generate()), split!, 1)).map(({ item, position, origin }) => [item, position, origin]), [['b', 2, 'item 2'], ['c', 3, 'item 3']])
  const source = items(generate())
  assert.equal((await readAll(source)).length, 3)
  await assert.rejects(readAll(source), /this iterator was read before and can be read only once/)
})

test('what cannot be iterated is refused', () => {
  assert.throws(() => items(7 as unknown as number[]), /items: the values is 7, but must be an array/)
})
