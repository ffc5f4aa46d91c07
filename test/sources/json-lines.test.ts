import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { jsonLines } from '../../src/sources/json-lines.ts'
import { readAll, resumesEverywhere, splitsOf, temporaryFolder } from './reading.ts'

test('a line that is not JSON is an item that cannot be read, and the rest is read', async test => {
  const file = join(temporaryFolder(test), 'a.jsonl')
  writeFileSync(file, '{"a":1}\nnot json\n\n  \r\n[2]\r\n"three"')
  const source = jsonLines(file)
  const read = await readAll(source)
  assert.deepEqual(read.map(({ item }) => item), [{ a: 1 }, 'not json', [2], 'three'])
  assert.deepEqual(read.map(({ error }) => error !== undefined), [false, true, false, false])
  assert.match(read[1]!.error!.message, /a\.jsonl:2 cannot be read as JSON: .*not json/)
  assert.equal(read[2]!.origin, `${file}:5`)
  assert.ok(await resumesEverywhere(source, (await splitsOf(source))[0]!))
})

test('keys that would change a prototype are refused, however they are spelt', async test => {
  const file = join(temporaryFolder(test), 'a.jsonl')
  writeFileSync(file, ['{"__proto__":{"admin":true}}', '[{"a":{"\\u005f_proto__":1}}]', '{"text":"__proto__ is a word"}', '{"\\u0061":1}'].join('\n'))
  const read = await readAll(jsonLines(file))
  assert.deepEqual(read.map(({ error }) => error?.message.replace(/^.*: /, '')), [
    "it has a key '__proto__', which is refused", "it has a key '__proto__', which is refused", undefined, undefined,
  ])
})

test('nesting is bounded', async test => {
  const file = join(temporaryFolder(test), 'a.jsonl')
  writeFileSync(file, [200, 201, 100_000].map(depth => '['.repeat(depth) + ']'.repeat(depth)).join('\n'))
  const read = await readAll(jsonLines(file))
  assert.deepEqual(read.map(({ error }) => error !== undefined), [false, true, true])
  assert.match(read[1]!.error!.message, /nested deeper than 200 levels/)
})
