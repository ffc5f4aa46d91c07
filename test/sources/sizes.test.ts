// What sources say of their size agrees with the positions they give: a dry run tells from it how many items there are.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { csv, fields, files, items, jsonLines, lines, words, type Source, type Split } from 'batchwork'
import { readTable } from 'batchwork/sqlite'

const folder = mkdtempSync(join(tmpdir(), 'batchwork-sizes-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const path = (name: string) => join(folder, name)
const numbers = Array.from({ length: 50 }, (_, index) => index)
writeFileSync(path('a.txt'), numbers.map(n => `"line ${n}"\n`).join(''))
writeFileSync(path('a.txt.gz'), gzipSync('1\n2\n'))
writeFileSync(path('a.csv'), `id,name\n${numbers.map(n => `${n},name ${n}\n`).join('')}`)
const database = new DatabaseSync(path('a.db'))
database.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY)')
for (const n of numbers) database.exec(`INSERT INTO rows VALUES (${n * 3})`)
database.close()

const context = { signal: new AbortController().signal, log: { info() {}, warn() {}, error() {} } }

async function splitsOf(source: Source<unknown>): Promise<readonly Split[]> {
  const splits: Split[] = []
  for await (const split of source.splits(context)) splits.push(split)
  return splits
}

const sources: Readonly<Record<string, Source<unknown>>> = {
  lines: lines(path('a.txt')),
  jsonLines: jsonLines(path('a.txt')),
  csv: csv(path('a.csv')),
  fields: fields(path('a.txt'), { separator: ' ', fields: { word: 0 } }),
  words: words(path('a.txt')),
  files: files(path('*')),
  items: items(numbers),
  readTable: readTable(path('a.db'), 'rows', { splitBy: 'id', splits: 3 }),
}

for (const [name, source] of Object.entries(sources)) {
  test(`${name}: the size grows with the position, up to that of the split`, async () => {
    for (const split of await splitsOf(source)) {
      const sizes: number[] = []
      for await (const { position } of source.read(split, undefined, context)) sizes.push(source.sizeOf!(split, position)!)
      ok(sizes.length > 0 && sizes[0]! > 0)
      deepEqual(sizes, sizes.toSorted((a, b) => a - b))
      // Keys of a table have gaps.
      const left = source.sizeOf!(split)! - sizes.at(-1)!
      ok(name === 'readTable' ? left >= 0 && left < 3 : left === 0, `${left} left`)
    }
  })
}

test('compressed files and iterators do not tell their size', async () => {
  const [compressed] = await splitsOf(lines(path('a.txt.gz')))
  equal(lines(path('a.txt.gz')).sizeOf!(compressed!), undefined)
  const endless = items(numbers.values())
  equal(endless.sizeOf!({ id: 'all' }), undefined)
})
