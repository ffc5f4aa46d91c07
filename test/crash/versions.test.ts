// P13: a store of each format that was ever written opens, and one of a format to come is refused by name. The store in golden/ was made
// by fixtures/golden.ts and is never made again: a new format adds another.
import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { temporaryFolder } from './command.ts'
import { contentsOf } from './contents.ts'

const golden = fileURLToPath(new URL('golden', import.meta.url))

test('a store of format 1 opens, reads as when it was made, and takes more', async () => {
  using folder = temporaryFolder()
  cpSync(join(golden, 'format-1'), folder.path, { recursive: true })
  const log = await openEmbedded(folder.path)
  assert.equal(await contentsOf(log), readFileSync(join(golden, 'format-1.json'), 'utf8'))
  const { offset } = await log.append({ topic: 'kept', partition: 0, chunk: { count: 1, columns: '{}', values: '[1]' } })
  assert.equal((await log.read({ topic: 'kept', partition: 0 }, offset)).length, 1)
  await log.close()
})

test('a store of a newer format is refused, with both formats in the error, and stays as it is', async () => {
  using folder = temporaryFolder()
  cpSync(join(golden, 'format-1'), folder.path, { recursive: true })
  const database = new DatabaseSync(join(folder.path, 'store.db'))
  database.exec('PRAGMA user_version = 2')
  database.close()
  const before = readFileSync(join(folder.path, 'store.db'))
  await assert.rejects(openEmbedded(folder.path), { code: 'NEWER_STORE', message: /has format 2, but this version of Batchwork knows formats up to 1/ })
  assert.ok(before.equals(readFileSync(join(folder.path, 'store.db'))))
})
