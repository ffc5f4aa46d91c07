// Files in parts: whatever the bytes and wherever the borders, the parts together give what the whole file gives.
import assert from 'node:assert/strict'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import type { Source, SourceItem, Split } from '../../src/source.ts'
import { rowParts } from '../../src/sources/csv-parts.ts'
import { csv } from '../../src/sources/csv.ts'
import { partBytes, partsOf, type FilePart } from '../../src/sources/file-part.ts'
import { jsonLines } from '../../src/sources/json-lines.ts'
import { lines } from '../../src/sources/lines.ts'
import { lineBytesMax } from '../../src/sources/records.ts'
import { context, dividedSplits, readBlocksOf, readSplit, resumesEverywhere, splitsOf, temporaryFolder } from './reading.ts'

const pieces = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('\n', '\r\n', '\r', ' ', 'a', 'bc', 'é', '€', '😀', '"', ',', '{"a":1}', '[2]', '\uFEFF', '\t', '\v', '0') },
  fc.constantFrom(Buffer.from([0xe2, 0x82]), Buffer.from([0xff])),
), { maxLength: 60 })
const bytesOf = (parts: readonly (string | Buffer)[]) => Buffer.concat(parts.map(part => Buffer.from(part as string)))
const sizes = fc.integer({ min: 1, max: 40 })

/** Without positions: those of a part count its own lines. */
const described = (items: readonly SourceItem<unknown>[]) => items.map(({ item, origin, error }) => [item, origin, error?.message])

async function sameInParts(source: Source<unknown>, whole: Split, parts: readonly FilePart[]): Promise<void> {
  const expected = described(await readSplit(source, whole))
  assert.deepEqual(described(await readBlocksOf(source, whole)), expected, 'blocks of the whole file')
  const splits = await dividedSplits(source, parts)
  const [read, blocks]: SourceItem<unknown>[][] = [[], []]
  for (const split of splits) {
    read!.push(...await readSplit(source, split))
    blocks!.push(...await readBlocksOf(source, split))
    assert.ok(await resumesEverywhere(source, split))
  }
  assert.deepEqual(described(read!), expected, 'parts')
  assert.deepEqual(described(blocks!), expected, 'blocks of the parts')
}

for (const [name, sourceOf] of [['lines', lines], ['jsonLines', jsonLines]] as const) {
  test(`${name}: parts of any size give together what the whole file gives`, async test => {
    const folder = temporaryFolder(test)
    let number = 0
    await fc.assert(fc.asyncProperty(pieces, sizes, async (content, bytesMax) => {
      const path = join(folder, String(number++))
      const bytes = bytesOf(content)
      writeFileSync(path, bytes)
      const source = sourceOf(path)
      const [whole] = await splitsOf(source)
      await sameInParts(source, whole!, partsOf({ path, bytes: bytes.length }, bytesMax))
    }), { numRuns: 150 })
  })
}

test('csv: parts of any size give together what the whole file gives, with line breaks in quotes', async test => {
  const folder = temporaryFolder(test)
  const field = fc.array(fc.constantFrom('a', ',', '"', '\n', '\r\n', '\r', 'é', '€', ' '), { maxLength: 6 }).map(parts => parts.join(''))
  const table = fc.array(fc.array(field, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
  let number = 0
  await fc.assert(fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean(), fc.constantFrom('', '\n', '\r\n\n'), sizes, async (rows, lineBreak, bom, ended, before, bytesMax) => {
    const path = join(folder, `${number++}.csv`)
    const text = stringify([['id', 'na,me'], ...rows], { record_delimiter: lineBreak, eof: ended, quoted_match: /[\r\n]/ })
    const bytes = Buffer.from((bom ? '\uFEFF' : '') + before + text)
    writeFileSync(path, bytes)
    const source = csv(path)
    const [whole] = await splitsOf(source)
    await sameInParts(source, whole!, await rowParts({ path, bytes: bytes.length }, bytesMax, context))
  }), { numRuns: 150 })
})

test('rows without quotes are cut as csv-parse cuts them', async test => {
  const folder = temporaryFolder(test)
  const content = fc.array(fc.constantFrom('\n', '\r\n', '\r', ' ', 'a', ',', 'é', '😀', '\t', '0'), { maxLength: 60 })
  let number = 0
  await fc.assert(fc.asyncProperty(content, async parts => {
    const path = join(folder, `${number++}.csv`)
    writeFileSync(path, `a,b\n${parts.join('')}`)
    const source = csv(path)
    const [split] = await splitsOf(source)
    assert.deepEqual(described(await readBlocksOf(source, split!)), described(await readSplit(source, split!)))
  }), { numRuns: 300 })
})

test('a large file is listed in parts of one group, a small one as a whole', async test => {
  const folder = temporaryFolder(test)
  const [big, small] = [join(folder, 'a.log'), join(folder, 'b.log')]
  writeFileSync(big, '')
  truncateSync(big, 2 * partBytes + 5)
  writeFileSync(small, 'one\n')
  const splits = await splitsOf(lines(join(folder, '*.log')))
  assert.deepEqual(splits.map(({ group }) => group), [big, big, big, undefined])
  assert.deepEqual(splits.map(({ data }) => [(data as FilePart).from, (data as FilePart).to]), [[0, partBytes], [partBytes, 2 * partBytes], [2 * partBytes, 2 * partBytes + 5], [0, 4]])
  assert.equal(new Set(splits.map(({ id }) => id)).size, 4)
})

test('a line longer than a part is read once, by the part it begins in', async test => {
  const path = join(temporaryFolder(test), 'a.log')
  const text = `short\n${'x'.repeat(3_000_000)}\nlast`
  writeFileSync(path, text)
  const source = lines(path)
  const [whole] = await splitsOf(source)
  await sameInParts(source, whole!, partsOf({ path, bytes: text.length }, 400_000))
})

test('a line over the bound is an error with file and byte, in blocks and in every part it touches', async test => {
  const path = join(temporaryFolder(test), 'a.log')
  const bytes = Buffer.concat([Buffer.from('short\n'), Buffer.alloc(2 * lineBytesMax + 1, 'x')])
  writeFileSync(path, bytes)
  const source = lines(path)
  const [first, second] = await dividedSplits(source, partsOf({ path, bytes: bytes.length }, 1_000_000))
  await assert.rejects(readBlocksOf(source, first!), /a\.log: the line that begins at byte 6 is longer than 16000000 bytes/)
  await assert.rejects(readSplit(source, first!), /a\.log: the line that begins at byte 6 is longer than 16000000 bytes/)
  await assert.rejects(readBlocksOf(source, second!), /a\.log: the line at byte 1000000 is longer than 16000000 bytes/)
})

test('a file that shrank since the listing is named by every part', async test => {
  const path = join(temporaryFolder(test), 'a.log')
  writeFileSync(path, 'one\ntwo\nthree\n')
  const source = lines(path)
  const splits = await dividedSplits(source, partsOf({ path, bytes: 14 }, 5))
  truncateSync(path, 9)
  for (const split of splits) await assert.rejects(readBlocksOf(source, split), /a\.log has 9 bytes, but had 14 when it was listed/)
})
