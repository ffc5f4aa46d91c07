import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { PermanentError } from '../../src/model/errors.ts'
import { csvFile, type CsvFileOptions } from '../../src/sinks/csv-file.ts'
import { csv } from '../../src/sources/csv.ts'
import { readAll } from '../sources/reading.ts'
import { chunkOf, temporaryFolder } from './writing.ts'

async function written(path: string, items: readonly object[], options?: CsvFileOptions): Promise<string> {
  const sink = csvFile(path, options)
  for (const [offset, item] of items.entries()) await sink.write(chunkOf(offset, [item]))
  await sink.finish!('completed', 'run 1')
  return readFileSync(path, 'utf8')
}

test('columns come from the first item, also after a restart', async test => {
  const path = join(temporaryFolder(test), 'out.csv')
  await csvFile(path).write(chunkOf(0, [{ id: 1, name: 'one' }]))
  const again = csvFile(path)
  await again.write(chunkOf(1, [{ name: 'two', id: 2 }, { id: 3 }]))
  await again.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), 'id,name\n1,one\n2,two\n3,\n')
})

test('an item with a property that is no column is refused by name, and no part of its chunk is written', async test => {
  const path = join(temporaryFolder(test), 'out.csv')
  const sink = csvFile(path)
  await sink.write(chunkOf(0, [{ id: 1 }]))
  await assert.rejects(sink.write(chunkOf(1, [{ id: 2 }, { id: 3, colour: 'red' }])), error => error instanceof PermanentError && /has the property 'colour', which is not among the columns of the first item \(id\)/.test(error.message))
  await sink.write(chunkOf(1, [{ id: 2 }]))
  await sink.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), 'id\n1\n2\n')
})

test('chosen columns are written in their order, others are left out, and without items there is the header', async test => {
  const path = join(temporaryFolder(test), 'out.csv')
  assert.equal(await written(path, [{ a: 1, b: 2, 'c.d': 3 }], { columns: ['c.d', 'a'] }), 'c.d,a\n3,1\n')
  assert.equal(await written(join(temporaryFolder(test), 'none.csv'), [], { columns: ['a', 'b'] }), 'a,b\n')
})

test('a later round of the run adds rows under the one header, also when the first had none', async test => {
  const folder = temporaryFolder(test)
  for (const options of [{}, { columns: ['id'] }]) {
    for (const first of [[{ id: 1 }], []]) {
      const path = join(folder, `${Object.keys(options).length}-${first.length}.csv`)
      await written(path, first, options)
      const again = csvFile(path, options)
      await again.write(chunkOf(1, [{ id: 2 }]))
      await again.finish!('completed', 'run 1')
      assert.equal(readFileSync(path, 'utf8'), `id\n${first.length ? '1\n' : ''}2\n`)
    }
  }
})

test('values become text', async test => {
  const row = { at: new Date(0), wrong: new Date(Number.NaN), yes: true, big: 2n ** 64n, list: [1, 'a'], bytes: new Uint8Array([1, 2]), none: null, number: 1.5, formula: '=1+1', quote: 'a "b"\n' }
  const text = await written(join(temporaryFolder(test), 'out.csv'), [row])
  assert.equal(text.slice(text.indexOf('\n') + 1), '1970-01-01T00:00:00.000Z,,true,18446744073709551616,"[1,""a""]",AQI=,,1.5,=1+1,"a ""b""\n"\n')
})

test('any table of text is read back as it was written', async test => {
  const folder = temporaryFolder(test)
  let number = 0
  const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'é', ' ', '\uFEFF'), maxLength: 5 })
  const columns = fc.constantFrom(['a'], ['a', 'b'])
  await fc.assert(fc.asyncProperty(columns, fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), async (columns, rows) => {
    const path = join(folder, `${number++}.csv`)
    const items = rows.map(row => Object.fromEntries(columns.map((column, index) => [column, row[index]!])))
    await written(path, items)
    assert.deepEqual((await readAll(csv(path))).map(({ item }) => item), items)
  }), { numRuns: 100 })
})

test('items that are no records, and wrong options, are refused', async test => {
  const path = join(temporaryFolder(test), 'out.csv')
  await assert.rejects(csvFile(path).write(chunkOf(0, [[1] as object])), /an item is \[1\], but a row is made of an object/)
  await assert.rejects(csvFile(path).write(chunkOf(0, [{}])), /the first item has no properties/)
  assert.throws(() => csvFile(path, { columns: [] }), /csvFile: columns is \[\], but must be an array of at least one column name/)
  assert.throws(() => csvFile(path, { colums: ['a'] } as object), /csvFile: 'colums' is \["a"\], but must be left out: the options are 'columns'/)
})

test('rows that need no quotes are written as csv-stringify would', async test => {
  const fields = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.string({ unit: fc.constantFrom('a', '7', ' ', '-', '.', ',', '"', '\n', '\r', '=', 'ä') }), fc.constant(''))
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fields, fields), { minLength: 1, maxLength: 20 }), async rows => {
    const items = [{ a: 'first', b: 0 }, ...rows.map(([a, b]) => ({ a, b }))]
    assert.equal(await written(join(temporaryFolder(test), 'out.csv'), items), stringify([['a', 'b'], ...items.map(({ a, b }) => [a, b])]))
  }), { numRuns: 50 })
})
