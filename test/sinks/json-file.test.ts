import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PermanentError } from '../../src/model/errors.ts'
import { jsonFile } from '../../src/sinks/json-file.ts'
import { chunkOf, temporaryFolder } from './writing.ts'

test('the one item is the document', async test => {
  const path = join(temporaryFolder(test), 'out.json')
  const sink = jsonFile(path)
  await sink.write(chunkOf(0, [{ 'car/red': 2, at: new Date(0) }]))
  await sink.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), '{\n  "car/red": 2,\n  "at": "1970-01-01T00:00:00.000Z"\n}\n')
})

test('a second item is refused, in the same chunk, a later one, or after a restart; the first coming again is not', async test => {
  const path = join(temporaryFolder(test), 'out.json')
  const sink = jsonFile(path)
  const refused = (error: unknown) => error instanceof PermanentError && /can hold one JSON document, but item 2 came for it; use jsonLinesFile/.test(error.message)
  await assert.rejects(sink.write(chunkOf(0, ['a', 'b'])), refused)
  await sink.write(chunkOf(0, ['a']))
  await assert.rejects(sink.write(chunkOf(1, ['b'])), refused)
  const again = jsonFile(path)
  await again.write(chunkOf(0, ['a']))
  await assert.rejects(again.write(chunkOf(1, ['b'])), refused)
  await again.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), '"a"\n')
})

test('a run without an item removes the file of an earlier one', async test => {
  const folder = temporaryFolder(test)
  const path = join(folder, 'out.json')
  writeFileSync(path, 'old\n')
  const sink = jsonFile(path)
  await sink.write({ ...chunkOf(0, []), ranges: [[0, 3]] })
  await sink.finish!('completed', 'run 1')
  assert.deepEqual(readdirSync(folder), ['.out.json.batchwork'])
  writeFileSync(path, 'not of a run\n')
  await sink.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), 'not of a run\n')
})

test('what a later round of the run brings replaces the document; without an item it stays, and what comes again is passed over', async test => {
  const path = join(temporaryFolder(test), 'out.json')
  const sink = jsonFile(path)
  await sink.write(chunkOf(0, ['first']))
  await sink.finish!('completed', 'run 1')
  await sink.write(chunkOf(0, ['first']))
  await sink.write({ ...chunkOf(1, []), ranges: [[1, 3]] })
  await sink.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), '"first"\n')
  const again = jsonFile(path)
  await again.write(chunkOf(0, ['first']))
  await again.write(chunkOf(3, ['second']))
  assert.equal(readFileSync(path, 'utf8'), '"first"\n')
  await jsonFile(path).finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), '"second"\n')
})
