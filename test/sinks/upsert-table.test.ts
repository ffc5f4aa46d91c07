import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { FencedError, PermanentError } from '../../src/model/errors.ts'
import { upsertTable, type UpsertTableOptions } from '../../src/sqlite.ts'
import { needs } from '../needs.ts'
import { chunkOf, temporaryFolder } from './writing.ts'

interface Order { readonly id: number; readonly text?: string | null }

function databaseFile(test: TestContext, sql: string): string {
  const file = join(temporaryFolder(test), 'shop.db')
  using database = new DatabaseSync(file)
  database.exec(sql)
  return file
}

function query(file: string, sql: string): Record<string, unknown>[] {
  using database = new DatabaseSync(file)
  return database.prepare(sql).all().map(row => ({ ...row }))
}

const orders = 'CREATE TABLE orders (id INTEGER PRIMARY KEY, text TEXT, count INTEGER NOT NULL DEFAULT 7)'
const byId = { key: 'id' } as const

test('rows are inserted or updated by their key, and columns without a property keep their value', async test => {
  const file = databaseFile(test, `${orders}; INSERT INTO orders VALUES (1, 'old', 1), (2, 'kept', 2)`)
  const sink = upsertTable<Order>(file, 'orders', byId)
  await sink.write(chunkOf(0, [{ id: 1, text: 'new' }, { id: 2 }, { id: 3, text: 'first' }]))
  await sink.write(chunkOf(3, [{ text: 'second', id: 3 }]))
  assert.deepEqual(query(file, 'SELECT * FROM orders'), [{ id: 1, text: 'new', count: 1 }, { id: 2, text: 'kept', count: 2 }, { id: 3, text: 'second', count: 7 }])
  await sink.finish!('completed', 'run 1')
})

test('names that need quoting are names, not SQL', async test => {
  const file = databaseFile(test, 'CREATE TABLE "a ""b""; --" ("the ""key""" TEXT, "select" TEXT, PRIMARY KEY ("the ""key"""))')
  const sink = upsertTable<Record<string, string>>(file, 'a "b"; --', { key: 'the "key"', commit: 'run' })
  await sink.write(chunkOf(0, [{ 'the "key"': "'; DROP", select: '?' }]))
  await sink.finish!('completed', 'run 1')
  assert.deepEqual(query(file, 'SELECT * FROM "a ""b""; --"'), [{ 'the "key"': "'; DROP", select: '?' }])
})

for (const commit of ['chunk', 'run'] as const) {
  test(`commit '${commit}': whatever comes again, each offset is written once`, async test => {
    const file = databaseFile(test, 'CREATE TABLE counts (id INTEGER PRIMARY KEY, seen INTEGER); CREATE TABLE updates (id INTEGER); CREATE TRIGGER t AFTER UPDATE ON counts BEGIN INSERT INTO updates VALUES (new.id); END')
    let number = 0
    const delivery = fc.record({ from: fc.nat(10), count: fc.integer({ min: 1, max: 5 }), partition: fc.nat(1) })
    await fc.assert(fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 8 }), async deliveries => {
      const run = `run ${++number}`
      const expected = new Set<number>()
      for (const { from, count, partition } of deliveries) {
        const ids = Array.from({ length: count }, (_, index) => partition * 100 + from + index)
        for (const id of ids) expected.add(id)
        await upsertTable<{ id: number; seen: number }>(file, 'counts', { key: 'id', commit }).write(chunkOf(from, ids.map(id => ({ id, seen: 1 })), { run, partition }))
      }
      await upsertTable(file, 'counts', { key: 'id' as never, commit }).finish!('completed', run)
      assert.deepEqual(query(file, 'SELECT id FROM counts ORDER BY id').map(({ id }) => id), [...expected].toSorted((a, b) => a - b))
      // A row written a second time would be an update.
      assert.deepEqual(query(file, 'SELECT * FROM updates'), [])
      assert.deepEqual(query(file, 'SELECT DISTINCT run FROM batchwork_progress'), [{ run }])
      using database = new DatabaseSync(file)
      database.exec('DELETE FROM counts')
    }), { numRuns: 25 })
  })
}

test("commit 'run' shows all rows at once at the end, in the order they came", async test => {
  const file = databaseFile(test, 'CREATE TABLE things (id INTEGER PRIMARY KEY, big INTEGER, bytes BLOB, text TEXT, number REAL)')
  const options: UpsertTableOptions<object> = { key: 'id' as never, commit: 'run' }
  await upsertTable<object>(file, 'things', options).write(chunkOf(0, [{ id: 1, big: 2n ** 62n, bytes: new Uint8Array([1, 2]), text: 'a', number: 0.1 }, { id: 2, text: 'b' }]))
  await upsertTable<object>(file, 'things', options).write(chunkOf(2, [{ id: 2, text: 'c' }]))
  assert.deepEqual(query(file, 'SELECT * FROM things'), [])
  const sink = upsertTable<object>(file, 'things', options)
  await sink.finish!('completed', 'run 1')
  await sink.finish!('completed', 'run 1')
  assert.deepEqual(query(file, 'SELECT id, CAST(big AS TEXT) AS big, hex(bytes) AS bytes, text, number FROM things'), [
    { id: 1, big: String(2n ** 62n), bytes: '0102', text: 'a', number: 0.1 }, { id: 2, big: null, bytes: '', text: 'c', number: null },
  ])
  assert.deepEqual(query(file, "SELECT name FROM sqlite_schema WHERE name LIKE 'batchwork_staged%'"), [])
})

test("commit 'run' leaves the table alone when the run is aborted", async test => {
  const file = databaseFile(test, orders)
  const sink = upsertTable<Order>(file, 'orders', { key: 'id', commit: 'run' })
  await sink.write(chunkOf(0, [{ id: 1 }]))
  await sink.finish!('aborted', 'run 1')
  await sink.write(chunkOf(0, [{ id: 2 }]))
  await sink.finish!('completed', 'run 1')
  assert.deepEqual(query(file, 'SELECT id FROM orders'), [{ id: 2 }])
})

test("commit 'run' keeps runs apart: what an abandoned one staged never gets to the table, and a run that writes beside another loses nothing", async test => {
  const file = databaseFile(test, orders)
  const sink = upsertTable<Order>(file, 'orders', { key: 'id', commit: 'run' })
  await sink.write(chunkOf(0, [{ id: 1 }]))
  await sink.write(chunkOf(0, [{ id: 2 }], { run: 'run 2' }))
  await sink.finish!('completed', 'run 2')
  await sink.finish!('completed', 'run 3')
  assert.deepEqual(query(file, 'SELECT id FROM orders'), [{ id: 2 }])
  await sink.write(chunkOf(0, [{ id: 8 }, { id: 3 }]))
  await sink.finish!('completed', 'run 1')
  assert.deepEqual(query(file, 'SELECT id FROM orders'), [{ id: 1 }, { id: 2 }, { id: 3 }])
})

for (const commit of ['chunk', 'run'] as const) {
  test(`commit '${commit}': a later round of a run adds what is new, passes over what came before, and refuses an older owner; another run begins anew`, async test => {
    const file = databaseFile(test, orders)
    const open = () => upsertTable<Order>(file, 'orders', { key: 'id', commit })
    await open().write(chunkOf(0, [{ id: 1, text: 'first' }], { epoch: 2 }))
    await open().finish!('completed', 'run 1')
    query(file, "UPDATE orders SET text = 'by hand'")
    await open().finish!('completed', 'run 1')
    await assert.rejects(open().write(chunkOf(1, [{ id: 9 }], { epoch: 1 })), FencedError)
    await open().write(chunkOf(0, [{ id: 1, text: 'first' }, { id: 2, text: 'second' }], { epoch: 2 }))
    await open().finish!('completed', 'run 1')
    assert.deepEqual(query(file, 'SELECT id, text FROM orders'), [{ id: 1, text: 'by hand' }, { id: 2, text: 'second' }])
    await open().write(chunkOf(0, [{ id: 1, text: 'another run' }], { run: 'run 2' }))
    await open().finish!('completed', 'run 2')
    assert.deepEqual(query(file, 'SELECT id, text FROM orders WHERE id = 1'), [{ id: 1, text: 'another run' }])
  })
}

test('an older owner is refused and changes nothing', async test => {
  const file = databaseFile(test, orders)
  const old = upsertTable<Order>(file, 'orders', byId)
  await old.write(chunkOf(0, [{ id: 1 }], { epoch: 1 }))
  await upsertTable<Order>(file, 'orders', byId).write(chunkOf(0, [{ id: 1 }], { epoch: 2 }))
  await assert.rejects(old.write(chunkOf(1, [{ id: 9 }], { epoch: 1 })), FencedError)
  assert.deepEqual(query(file, 'SELECT id FROM orders'), [{ id: 1 }])
})

test('a process killed while it writes leaves rows and progress that agree', async test => {
  const file = databaseFile(test, 'CREATE TABLE numbers (id INTEGER PRIMARY KEY, epoch INTEGER)')
  const program = `
    import { upsertTable } from ${JSON.stringify(new URL('../../src/sqlite.ts', import.meta.url).href)}
    import { chunkOf } from ${JSON.stringify(new URL('./writing.ts', import.meta.url).href)}
    const [file, epoch] = process.argv.slice(1)
    const sink = upsertTable(file, 'numbers', { key: 'id' })
    for (let offset = 0; ; offset += 10) {
      await sink.write(chunkOf(offset, Array.from({ length: 10 }, (_, index) => ({ id: offset + index, epoch: Number(epoch) })), { epoch: Number(epoch) }))
      console.log(offset + 10)
    }`
  let acknowledged = 0
  for (let epoch = 1; epoch <= 3; epoch++) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, file, String(epoch)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    for await (const line of createInterface({ input: child.stdout })) {
      // All of it comes again in each process; only what is new is written by it.
      acknowledged = Math.max(acknowledged, Number(line))
      if (Number(line) >= 300 * epoch) child.kill('SIGKILL')
    }
    await exited
  }
  const [progress] = query(file, 'SELECT epoch, ranges FROM batchwork_progress')
  const count = query(file, 'SELECT count(*) AS count FROM numbers')[0]!['count'] as number
  assert.ok(count >= acknowledged)
  assert.deepEqual(progress, { epoch: 3, ranges: `[[0,${count}]]` })
  assert.equal(query(file, 'SELECT max(id) AS last FROM numbers WHERE epoch = 1')[0]!['last'], (query(file, 'SELECT min(id) AS first FROM numbers WHERE epoch = 2')[0]!['first'] as number) - 1)
})

test('after a sync that failed the process writes no more, and a new one goes on', { skip: needs('strace') }, async test => {
  const file = databaseFile(test, orders)
  const program = `
    import assert from 'node:assert/strict'
    import { upsertTable } from ${JSON.stringify(new URL('../../src/sqlite.ts', import.meta.url).href)}
    import { chunkOf } from ${JSON.stringify(new URL('./writing.ts', import.meta.url).href)}
    const sink = upsertTable(process.argv[1], 'orders', { key: 'id' })
    await sink.write(chunkOf(0, [{ id: 0 }]))
    const refused = { code: 'SINK', message: /cannot be written: disk I.O error/ }
    await assert.rejects(sink.write(chunkOf(1, [{ id: 1 }])), refused)
    // SQLite would take this one.
    await assert.rejects(sink.write(chunkOf(1, [{ id: 1 }])), refused)`
  // Five syncs make the progress table, five the first write; the eleventh fails.
  const child = spawn('strace', ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO:when=11', process.execPath, '--input-type=module-typescript', '-e', program, file], { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  await upsertTable<Order>(file, 'orders', byId).write(chunkOf(0, [{ id: 0 }, { id: 1 }]))
  assert.deepEqual(query(file, 'SELECT id FROM orders'), [{ id: 0 }, { id: 1 }])
})

test('items that do not fit the table are refused by name, with nothing of their chunk written', async test => {
  const file = databaseFile(test, orders)
  const sink = upsertTable<object>(file, 'orders', { key: 'id' as never })
  const wrong: readonly (readonly [item: unknown, message: RegExp])[] = [
    [{ id: 2, colour: 'red' }, /table 'orders' has no column 'colour'; it has id, text, count/],
    [{ text: 'x' }, /an item has no 'id', which is the key: \{"text":"x"\}/],
    ['text', /an item is 'text', but a row is made of an object/],
    [{ id: 2, text: Number.NaN }, /column 'text' gets NaN/],
    [{ id: 2n ** 64n }, /column 'id' gets 18446744073709551616, but an SQLite integer has 64 bits/],
  ]
  for (const [item, message] of wrong) {
    await assert.rejects(sink.write(chunkOf(0, [{ id: 1 }, item as object])), error => error instanceof PermanentError && message.test(error.message))
  }
  assert.deepEqual(query(file, 'SELECT * FROM orders'), [])
  await sink.write(chunkOf(0, [{ id: 1, text: new Date(0), count: true }, { id: 2, text: { a: [1n] } }]))
  assert.deepEqual(query(file, 'SELECT * FROM orders'), [{ id: 1, text: '1970-01-01T00:00:00.000Z', count: 1 }, { id: 2, text: '{"a":["1"]}', count: 7 }])
})

test('a table that is not there is an error with the SQL to run, which works', async test => {
  const file = databaseFile(test, 'CREATE TABLE other (a)')
  const sink = upsertTable<object>(file, 'new "orders"', { key: 'id' as never })
  const item = { id: 1, total: 1.5, text: 'a', yes: true, bytes: new Uint8Array(1) }
  let sql = ''
  await assert.rejects(sink.write(chunkOf(0, [item])), error => {
    sql = /there is no table .* create it first, for instance with: (CREATE TABLE .*)$/.exec((error as Error).message)?.[1] ?? ''
    return sql !== ''
  })
  query(file, sql)
  await sink.write(chunkOf(0, [item]))
  assert.equal(query(file, 'SELECT * FROM "new ""orders"""').length, 1)
})

test('a table without a unique index on the key, and a file that is not there, are named', async test => {
  const file = databaseFile(test, 'CREATE TABLE orders (id INTEGER)')
  const sink = upsertTable<Order>(file, 'orders', byId)
  await assert.rejects(sink.write(chunkOf(0, [{ id: 1 }])), /has no primary key or unique index on id; create it first: CREATE UNIQUE INDEX "orders_key" ON "orders" \("id"\)/)
  query(file, 'CREATE UNIQUE INDEX "orders_key" ON "orders" ("id")')
  await sink.write(chunkOf(0, [{ id: 1 }]))
  await assert.rejects(upsertTable<Order>(`${file}x`, 'orders', byId).write(chunkOf(0, [{ id: 1 }])), /shop\.dbx' does not exist/)
})

test('wrong options are refused with what is expected', () => {
  assert.throws(() => upsertTable<Order>('a.db', 'orders', { key: [] }), /upsertTable: key is \[\], but must be a column name/)
  assert.throws(() => upsertTable<Order>('a.db', 'orders', { key: 'id', commit: 'end' as 'run' }), /upsertTable: commit is 'end', but must be 'chunk' or 'run'/)
  assert.throws(() => upsertTable<Order>('a.db', 'orders', { key: 'id', comit: 'run' } as never), /'comit' is 'run', but must be left out/)
})
