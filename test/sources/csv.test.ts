import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { csv } from '../../src/sources/csv.ts'
import { readAll, readSplit, resumesEverywhere, splitsOf, temporaryFolder } from './reading.ts'

const field = fc.array(fc.constantFrom('a', ',', '"', '\n', '\r\n', 'é', '€', ' ', '7'), { maxLength: 6 }).map(parts => parts.join(''))

test('any table is read as it was written, and resumed at any row', async test => {
  const folder = temporaryFolder(test)
  let number = 0
  const table = fc.array(fc.tuple(fc.constant('x'), field, field), { maxLength: 8 })
  await fc.assert(fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean(), async (rows, lineBreak, bom, ended) => {
    const file = join(folder, `${number++}.csv`)
    const text = stringify([['id', 'na,me', 'é'], ...rows], { record_delimiter: lineBreak, eof: ended, bom, quoted_match: /\n/ })
    writeFileSync(file, text)
    const source = csv(file)
    const [split] = await splitsOf(source)
    const read = await readSplit(source, split!)
    assert.deepEqual(read.map(({ item }) => item), rows.map(([id, name, other]) => ({ id, 'na,me': name, 'é': other })))
    assert.ok(await resumesEverywhere(source, split!))
    let line = 2
    for (const [index, row] of rows.entries()) {
      assert.equal(read[index]!.origin, `${file}:${line}`)
      line += row.join('').split('\n').length
    }
  }), { numRuns: 300 })
})

test('a table of many blocks is read whole', async test => {
  const file = join(temporaryFolder(test), 'big.csv')
  writeFileSync(file, `id,text\n${Array.from({ length: 50_000 }, (_, index) => `${index},"a ""quoted"" é\n${'x'.repeat(index % 50)}"\n`).join('')}`)
  const read = await readAll(csv(file))
  assert.equal(read.length, 50_000)
  assert.deepEqual(read[49_999]!.item, { id: '49999', text: `a "quoted" é\n${'x'.repeat(49)}` })
  assert.equal(read[49_999]!.origin, `${file}:${2 + 2 * 49_999}`)
})

test('a row with another number of fields is an item that cannot be read, and the rest is read', async test => {
  const file = join(temporaryFolder(test), 'a.csv')
  writeFileSync(file, 'id,name\n1,one\n2\n\n3,three,more\n4,four\n')
  const read = await readAll(csv(file))
  assert.deepEqual(read.map(({ item, error }) => error?.message ?? item), [
    { id: '1', name: 'one' },
    `${file}:3 has 1 fields, but the header row has 2; mend the row`,
    `${file}:5 has 3 fields, but the header row has 2; mend the row`,
    { id: '4', name: 'four' },
  ])
  assert.deepEqual(read[2]!.item, ['3', 'three', 'more'])
})

test('quotes that do not match are an error with file and line, after a restart too', async test => {
  const file = join(temporaryFolder(test), 'a.csv')
  writeFileSync(file, 'id,name\n1,one\n2,two\n3,"th"ree\n')
  const source = csv(file)
  const [split] = await splitsOf(source)
  await assert.rejects(readSplit(source, split!), /a\.csv:4 is not CSV: Invalid Closing Quote/)
  await assert.rejects(readSplit(source, split!, [14, 2]), /a\.csv:4 is not CSV: Invalid Closing Quote/)
})

test('a header that cannot name columns is refused', async test => {
  const folder = temporaryFolder(test)
  for (const [header, message] of [['a,__proto__', /column 2 is '__proto__', which is refused/], ['a,a', /column 2 'a' is there twice/], ['a,', /column 2 is empty/]] as const) {
    writeFileSync(join(folder, 'a.csv'), `${header}\n1,2\n`)
    await assert.rejects(readAll(csv(join(folder, 'a.csv'))), message)
  }
})

test('a file that is empty, or has a header only, gives nothing', async test => {
  const folder = temporaryFolder(test)
  writeFileSync(join(folder, 'a.csv'), '')
  writeFileSync(join(folder, 'b.csv'), 'id,name')
  assert.deepEqual(await readAll(csv(join(folder, '*.csv'))), [])
})
