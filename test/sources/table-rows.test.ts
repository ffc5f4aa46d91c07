import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { readTable } from '../../src/sqlite.ts'
import { readAll, readSplit, resumesEverywhere, splitsOf, temporaryFolder } from './reading.ts'

function databaseFile(test: TestContext, sql: string): string {
  const file = join(temporaryFolder(test), 'shop.db')
  using database = new DatabaseSync(file)
  database.exec(sql)
  return file
}

const manyOrders = `CREATE TABLE orders (id INTEGER PRIMARY KEY, text TEXT);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3500) INSERT INTO orders SELECT i, 'order ' || i FROM n`

test('every row is read once, over all splits and pages', async test => {
  const source = readTable(databaseFile(test, manyOrders), 'orders', { splitBy: 'id', splits: 3 })
  assert.deepEqual((await splitsOf(source)).map(({ id }) => id), ['1..1166', '1167..2333', '2334..3500'])
  const read = await readAll(source)
  assert.deepEqual(read.map(({ item }) => ({ ...item })), Array.from({ length: 3_500 }, (_, index) => ({ id: index + 1, text: `order ${index + 1}` })))
  assert.equal(read[16]!.origin, 'orders:id=17')
})

test('whatever the keys, and however often each is there, all rows are read once and resumed anywhere', async test => {
  const file = databaseFile(test, 'CREATE TABLE t (k INTEGER, "a ""b""" TEXT)')
  const keys = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }).map(BigInt), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), { maxLength: 8 })
  await fc.assert(fc.asyncProperty(keys, fc.integer({ min: 1, max: 4 }), async (keys, splits) => {
    {
      using database = new DatabaseSync(file)
      database.exec('DELETE FROM t')
      const insert = database.prepare('INSERT INTO t VALUES (?, ?)')
      keys.forEach((key, index) => insert.run(key, String(index)))
    }
    const source = readTable(file, 't', { splitBy: 'k', splits })
    const read = await readAll(source)
    assert.deepEqual(read.map(({ item }) => Number(item['a "b"'])).toSorted((a, b) => a - b), keys.map((_, index) => index))
    for (const { item } of read) assert.equal(BigInt(item['k'] as number), keys[Number(item['a "b"'])])
    for (const split of await splitsOf(source)) {
      const whole = (await readSplit(source, split)).map(({ item }) => item['a "b"'])
      const positions = (await readSplit(source, split)).map(({ position }) => JSON.parse(JSON.stringify(position)))
      for (const [index, position] of positions.entries()) {
        assert.deepEqual((await readSplit(source, split, position)).map(({ item }) => item['a "b"']), whole.slice(index + 1))
      }
    }
  }), { numRuns: 60 })
})

test('more rows of one key than a page holds are read once', async test => {
  const file = databaseFile(test, `${manyOrders}; CREATE TABLE same (k INTEGER, id INTEGER); INSERT INTO same SELECT 5, id FROM orders`)
  const read = await readAll(readTable(file, 'same', { splitBy: 'k' }))
  assert.equal(new Set(read.map(({ item }) => item['id'])).size, 3_500)
  assert.equal(read.length, 3_500)
})

test('columns and a condition choose what is read, and tables without rowid are read too', async test => {
  const file = databaseFile(test, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT) WITHOUT ROWID; INSERT INTO t VALUES (1, 'x', 'y'), (2, 'z', 'w'), (3, 'x', 'v')")
  const source = readTable(file, 't', { splitBy: 'id', columns: ['b'], where: "a = 'x' OR 1 = 0 -- said" })
  assert.deepEqual((await readAll(source)).map(({ item }) => ({ ...item })), [{ b: 'y' }, { b: 'v' }])
  assert.ok(await resumesEverywhere(source, (await splitsOf(source))[0]!))
})

test('an empty table gives nothing', async test => {
  assert.deepEqual(await readAll(readTable(databaseFile(test, 'CREATE TABLE t (id INTEGER)'), 't', { splitBy: 'id' })), [])
})

test('keys that are not integers are named, and can be left out', async test => {
  const file = databaseFile(test, "CREATE TABLE t (k, text TEXT); INSERT INTO t VALUES (1, 'a'), (NULL, 'b')")
  await assert.rejects(readAll(readTable(file, 't', { splitBy: 'k' })), /column 'k' of table 't' holds a value of type null, but splitBy needs integers/)
  await assert.rejects(readAll(readTable(file, 't', { splitBy: 'text' })), /holds a value of type text/)
  assert.equal((await readAll(readTable(file, 't', { splitBy: 'k', where: 'k IS NOT NULL' }))).length, 1)
})

test('what is not there is named', async test => {
  const file = databaseFile(test, 'CREATE TABLE t (id INTEGER, a TEXT)')
  await assert.rejects(readAll(readTable(`${file}x`, 't', { splitBy: 'id' })), /shop\.dbx' does not exist/)
  await assert.rejects(readAll(readTable(file, 'u', { splitBy: 'id' })), /there is no table 'u'/)
  await assert.rejects(readAll(readTable(file, 't', { splitBy: 'id', columns: ['b'] })), /has no column 'b'; it has id, a/)
  await assert.rejects(readAll(readTable(file, 't', { splitBy: 'id', where: 'nonsense ((' })), /cannot be read: /)
})

test('wrong options are refused with what is expected', () => {
  assert.throws(() => readTable('a.db', 't', { splitBy: 'id', splits: 0 }), /readTable: splits is 0, but must be a whole number from 1 to 10000/)
  assert.throws(() => readTable('a.db', 't', {} as never), /readTable: splitBy is undefined, but must be an integer column's name/)
})
