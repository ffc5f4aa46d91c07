import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { fields } from '../../src/sources/fields.ts'
import { partsOf } from '../../src/sources/file-part.ts'
import type { SourceItem } from '../../src/source.ts'
import { dividedSplits, readAll, readBlocksOf, readSplit, resumesEverywhere, splitsOf, temporaryFolder } from './reading.ts'

const content = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(';', ';', '\n', '\n', '\r\n', '\r', 'a', 'bc', 'a-longer-field', 'é', '😀', '\uFEFF', '"', '\0', '\x01') },
  fc.constantFrom(Buffer.from([0xe2, 0x82]), Buffer.from([0xff])),
), { maxLength: 80 }).map(parts => Buffer.concat(parts.map(part => Buffer.from(part as string))))

/** The specification: every line split. */
function rowsIn(bytes: Buffer, wanted: Readonly<Record<string, number>>): unknown[] {
  const last = Math.max(...Object.values(wanted))
  return bytes.toString('utf8').replace(/^\uFEFF/, '').split('\n').map(line => line.replace(/\r$/, '')).filter(line => line !== '').map(line => {
    const all = line.split(';')
    return all.length > last ? Object.fromEntries(Object.entries(wanted).map(([name, index]) => [name, all[index]])) : line
  })
}

const sorted = (items: readonly SourceItem<unknown>[]) => items.map(({ item, error }) => JSON.stringify([item, error !== undefined])).toSorted()

test('fields are what splitting each line gives, in parts of any size, one by one and counted', async test => {
  const folder = temporaryFolder(test)
  let number = 0
  await fc.assert(fc.asyncProperty(content, fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(3), { minKeys: 1 }), fc.integer({ min: 1, max: 60 }), async (bytes, wanted, bytesMax) => {
    const path = join(folder, String(number++))
    writeFileSync(path, bytes)
    const source = fields(path, { separator: ';', fields: { ...wanted } })
    const read: unknown[] = []
    for (const split of await dividedSplits(source, partsOf({ path, bytes: bytes.length }, bytesMax))) {
      const items = await readSplit(source, split)
      read.push(...items)
      assert.ok(await resumesEverywhere(source, split))
      const blocks = await readBlocksOf(source, split)
      assert.deepEqual(sorted(blocks), sorted(items))
      for (const { item, origin, error } of blocks) {
        assert.ok(items.some(each => JSON.stringify(each.item) === JSON.stringify(item) && each.origin === origin))
        assert.ok(!error || error.message.startsWith(`${origin} has `))
      }
    }
    assert.deepEqual(read.map(each => (each as SourceItem<unknown>).item), rowsIn(bytes, wanted))
  }), { numRuns: 300 })
})

test('a line with too few fields is an item that cannot be read, and the rest is read', async test => {
  const path = join(temporaryFolder(test), 'a.log')
  writeFileSync(path, 'a b c\nd\n\nx y z')
  const read = await readAll(fields(path, { separator: ' ', fields: { third: 2, first: 0 } }))
  assert.deepEqual(read.map(({ item, error }) => error?.message ?? item), [
    { third: 'c', first: 'a' }, `${path}:2 has 1 fields, but field 2 is asked for, where the first is 0; mend the line`, { third: 'z', first: 'x' },
  ])
  assert.equal(read[1]!.item, 'd')
})

test('more bad lines, and more different lines, than fit in memory at once are all given', async test => {
  const path = join(temporaryFolder(test), 'a.log')
  writeFileSync(path, Array.from({ length: 200_000 }, (_, index) => (index % 50 === 0 ? `bad${index}` : `${index};x`)).join('\n'))
  const source = fields(path, { separator: ';', fields: { number: 0, x: 1 } })
  const [split] = await splitsOf(source)
  assert.deepEqual(sorted(await readBlocksOf(source, split!)), sorted(await readSplit(source, split!)))
})

test('wrong options are refused with what is expected', () => {
  const wrong = (options: unknown) => () => fields('*.log', options as { separator: string; fields: { page: number } })
  assert.throws(wrong({ separator: ', ', fields: { page: 1 } }), /fields: separator is ', ', but must be one ASCII character/)
  assert.throws(wrong({ separator: ' ', fields: {} }), /fields: fields is .*, but must be an object of at least one name and number/)
  assert.throws(wrong({ separator: ' ', fields: { page: -1 } }), /fields: the field 'page' is -1, but must be a whole number from 0 to 9999/)
  assert.throws(wrong({ separator: ' ', fields: { page: 1 }, header: true }), /fields: 'header' is true, but must be left out/)
})
