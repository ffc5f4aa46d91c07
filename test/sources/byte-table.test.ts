import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteTable } from '../../src/sources/byte-table.ts'

test('keys that are nearly alike are counted apart, in the order of their first appearance', () => {
  const keys = ['', '\0', '\0\0', 'a', '\0a', 'a\0', '1234567', '\x011234567', '12345678', '012345678', '\0'.repeat(7), '\0'.repeat(8), '\0'.repeat(9), 'é', '😀']
  const table = new ByteTable()
  for (let round = 0; round < 3; round++) {
    for (const [index, key] of keys.entries()) {
      const bytes = Buffer.from(`>${key}<`)
      for (let times = 0; times <= index; times++) assert.ok(table.add(bytes, 1, bytes.length - 1, 100 * round + index))
    }
  }
  const [counted, ...rest] = [...table.drain()]
  assert.deepEqual(rest, [])
  assert.deepEqual(counted!.texts, keys)
  assert.deepEqual([...counted!.times], keys.map((_, index) => 3 * (index + 1)))
  assert.deepEqual([...counted!.lines], keys.map((_, index) => index))
  assert.deepEqual([...table.drain()], [])
})
