import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { partsOf } from '../../src/sources/file-part.ts'
import { words } from '../../src/sources/words.ts'
import { dividedSplits, readAll, readBlocksOf, readSplit, resumesEverywhere, splitsOf, temporaryFolder } from './reading.ts'

const content = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(' ', '\n', '\r\n', '\t', '\v', '\f', '\0', '\x01', 'a', 'bc', 'longer-word', 'é', '\u00a0', '😀', '\uFEFF') },
  fc.constantFrom(Buffer.from([0xe2, 0x82]), Buffer.from([0xff])),
), { maxLength: 60 }).map(parts => Buffer.concat(parts.map(part => Buffer.from(part as string))))

/** The specification: words with the line each is in. */
function wordsIn(bytes: Buffer): [string, number][] {
  const found: [string, number][] = []
  bytes.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '').split('\n').forEach((line, index) => {
    for (const word of line.split(/[ \t\r\v\f]+/)) if (word !== '') found.push([Buffer.from(word, 'latin1').toString('utf8'), index + 1])
  })
  return found
}

function counted(items: readonly unknown[]): unknown {
  const counts = new Map<unknown, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return [...counts]
}

test('words of a file are the same in parts of any size, one by one and counted, compressed or not', async test => {
  const folder = temporaryFolder(test)
  let number = 0
  await fc.assert(fc.asyncProperty(content, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (bytes, bytesMax, isCompressed) => {
    const path = join(folder, `${number++}${isCompressed ? '.gz' : ''}`)
    const stored = isCompressed ? gzipSync(bytes) : bytes
    writeFileSync(path, stored)
    const source = words(path)
    const expected = wordsIn(bytes).map(([word, line]) => [word, `${path}:${line}`])
    const read: unknown[] = []
    for (const split of await dividedSplits(source, partsOf({ path, bytes: stored.length }, bytesMax))) {
      const items = await readSplit(source, split)
      read.push(...items.map(({ item, origin }) => [item, origin]))
      assert.ok(await resumesEverywhere(source, split))
      const blocks = await readBlocksOf(source, split)
      assert.deepEqual(counted(blocks.map(({ item }) => item)), counted(items.map(({ item }) => item)))
      for (const { item, origin } of blocks) assert.ok(items.some(each => each.item === item && each.origin === origin))
    }
    assert.deepEqual(read, expected)
  }), { numRuns: 200 })
})

test('words are cut as tr cuts them', async test => {
  const path = join(temporaryFolder(test), 'a.txt')
  writeFileSync(path, 'To be,\tor not\r\nto be;\v\fthat is\n\n the\u00a0question'.repeat(20_000))
  const [split] = await splitsOf(words(path))
  const expected = execFileSync('tr', ['-s', '[:space:]', '\\n'], { input: execFileSync('cat', [path], { maxBuffer: 1e8 }), env: { LC_ALL: 'C' }, maxBuffer: 1e8 }).toString().split('\n').filter(word => word !== '')
  assert.deepEqual((await readSplit(words(path), split!)).map(({ item }) => item), expected)
  assert.deepEqual(counted((await readBlocksOf(words(path), split!)).map(({ item }) => item)), counted(expected))
})

test('more different words than the table holds are counted all the same', async test => {
  const path = join(temporaryFolder(test), 'a.txt')
  const all = Array.from({ length: 300_000 }, (_, index) => `${index % 150_000}${index % 3 ? '' : '-with-a-longer-ending'}`)
  writeFileSync(path, all.join(' '))
  const [split] = await splitsOf(words(path))
  const sorted = (texts: readonly string[]) => texts.toSorted()
  assert.deepEqual(sorted((await readBlocksOf(words(path), split!)).map(({ item }) => item)), sorted(all))
})

test('a word over the bound is an error with file and byte', async test => {
  const path = join(temporaryFolder(test), 'a.txt')
  writeFileSync(path, `short ${'x'.repeat(1_000_001)} short`)
  await assert.rejects(readAll(words(path)), /a\.txt: the word that begins at byte 6 is longer than 1000000 bytes/)
  const [split] = await splitsOf(words(path))
  await assert.rejects(readBlocksOf(words(path), split!), /a\.txt: the word that begins at byte 6 is longer than 1000000 bytes/)
})
