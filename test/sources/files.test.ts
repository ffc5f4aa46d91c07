import assert from 'node:assert/strict'
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { files } from '../../src/sources/files.ts'
import { readAll, readSplit, resumesEverywhere, splitsOf, temporaryFolder } from './reading.ts'

test('files come with path, name, size and time, and a restart gives the same list after they are gone', async test => {
  const folder = temporaryFolder(test)
  mkdirSync(join(folder, 'folder.jpg'))
  for (const name of ['b.jpg', 'a.jpg', 'c.txt']) {
    writeFileSync(join(folder, name), name.repeat(3))
    utimesSync(join(folder, name), new Date(0), new Date('2026-11-21T02:00:00.123Z'))
  }
  const source = files(join(folder, '*.jpg'))
  const [split, ...others] = await splitsOf(source)
  assert.deepEqual(others, [])
  rmSync(join(folder, 'a.jpg'))
  const read = await readSplit(source, split!)
  assert.deepEqual(read[0], {
    item: { path: join(folder, 'a.jpg'), name: 'a.jpg', bytes: 15, modified: new Date('2026-11-21T02:00:00.123Z') }, position: 1, origin: join(folder, 'a.jpg'),
  })
  assert.deepEqual(read.map(({ item }) => item.name), ['a.jpg', 'b.jpg'])
  assert.ok(await resumesEverywhere(source, split!))
})

test('a thousand files are one split', async test => {
  const folder = temporaryFolder(test)
  for (let index = 0; index < 1_001; index++) writeFileSync(join(folder, `${index}`), '')
  const source = files(join(folder, '*'))
  assert.deepEqual((await splitsOf(source)).map(({ id, data }) => [id, (data as unknown[]).length]), [['page-0', 1_000], ['page-1', 1]])
  assert.equal(new Set((await readAll(source)).map(({ item }) => item.path)).size, 1_001)
})

test('wrong options are refused with what is expected', () => {
  assert.throws(() => files('*.jpg', { wach: true } as object), /files: 'wach' is true, but must be left out: the options are 'watch'/)
  assert.throws(() => files('*.jpg', { watch: true }), /files: watch is true, but must be false: watching a folder is not available yet/)
  assert.throws(() => files(''), /files: the pattern is '', but must be a glob pattern/)
})
