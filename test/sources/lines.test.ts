import assert from 'node:assert/strict'
import { appendFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { LineCutter } from '../../src/sources/line-cutter.ts'
import { lines } from '../../src/sources/lines.ts'
import { lineBytesMax } from '../../src/sources/records.ts'
import { context, readAll, readSplit, resumesEverywhere, splitsOf, temporaryFolder } from './reading.ts'

/** Lines as the whole text gives them: the specification. */
function linesOf(bytes: Buffer): string[] {
  const parts: Buffer[] = []
  let start = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    parts.push(bytes.subarray(start, end))
    start = end + 1
  }
  if (start < bytes.length) parts.push(bytes.subarray(start))
  return parts.map((part, index) => part.toString('utf8').replace(index === 0 ? /^\uFEFF/ : /(?!)/, '').replace(/\r$/, ''))
}

/** Bytes that make every border matter: line breaks, multi-byte characters, halves of them. */
const bytesWithBorders = fc.array(
  fc.constantFrom('\n', '\r\n', '\r', 'a', 'é', '€', '😀', '\uFEFF', Buffer.from([0xe2, 0x82]), Buffer.from([0xff]), ' '), { maxLength: 40 },
).map(parts => Buffer.concat(parts.map(part => Buffer.from(part as string))))

/** Lines shorter and longer than what is decoded at once. */
const bytesOfLongLines = fc.array(
  fc.tuple(fc.oneof(fc.nat(40), fc.nat(1_500), fc.constantFrom(1_022, 1_023, 1_024, 1_025)), fc.constantFrom('a', 'é'), fc.constantFrom('\n', '\r\n')), { maxLength: 60 },
).map(lines => Buffer.from(lines.map(([length, character, end]) => 'a'.repeat(Math.max(0, length - 1)) + character + end).join('')))

test('lines are the same wherever the blocks of a file begin and end', () => {
  fc.assert(fc.property(bytesWithBorders, fc.array(fc.nat(100), { maxLength: 10 }), assertCut), { numRuns: 2_000 })
  fc.assert(fc.property(bytesOfLongLines, fc.array(fc.nat(40_000), { maxLength: 10 }), assertCut), { numRuns: 500 })
})

function assertCut(bytes: Buffer, cuts: readonly number[]): void {
  const texts: string[] = []
  const ends: number[] = []
  const cutter = new LineCutter('f', 0, 0, (text, line, end) => {
    assert.equal(line, texts.push(text))
    ends.push(end)
  })
  const borders = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length]
  borders.forEach((border, index) => cutter.cut(bytes.subarray(borders[index - 1] ?? 0, border)))
  cutter.end()
  assert.deepEqual(texts, linesOf(bytes))
  assert.deepEqual(ends, [...bytes.keys()].filter(at => bytes[at] === 10 || at === bytes.length - 1).map(at => at + 1))
}

test('reading on from any position gives the rest of the lines, compressed or not', async test => {
  const folder = temporaryFolder(test)
  let number = 0
  await fc.assert(fc.asyncProperty(bytesWithBorders, fc.constantFrom('.log', '.gz', '.zst'), async (bytes, ending) => {
    const file = join(folder, `${number++}${ending}`)
    writeFileSync(file, ending === '.gz' ? gzipSync(bytes) : ending === '.zst' ? zstdCompressSync(bytes) : bytes)
    const source = lines(file)
    const [split] = await splitsOf(source)
    const read = await readSplit(source, split!)
    assert.deepEqual(read.map(({ item }) => item), linesOf(bytes).map((text, index) => ({ text, file, line: index + 1 })))
    assert.ok(await resumesEverywhere(source, split!))
  }), { numRuns: 100 })
})

test('a file of many blocks is read whole and resumed inside a block', async test => {
  const file = join(temporaryFolder(test), 'big.log')
  writeFileSync(file, Array.from({ length: 60_000 }, (_, index) => `line ${index} ${'é'.repeat(index % 40)}\n`).join(''))
  const source = lines(file)
  const [split] = await splitsOf(source)
  const read = await readSplit(source, split!)
  assert.equal(read.length, 60_000)
  assert.deepEqual(read[54_321]!.item, { text: `line 54321 ${'é'.repeat(54_321 % 40)}`, file, line: 54_322 })
  const rest = await readSplit(source, split!, read[54_320]!.position)
  assert.deepEqual(rest.map(({ item }) => item), read.slice(54_321).map(({ item }) => item))
  assert.equal(rest[0]!.origin, `${file}:54322`)
})

test('read gives one by one what readChunks gives', async test => {
  const file = join(temporaryFolder(test), 'a.log')
  writeFileSync(file, 'one\ntwo\nthree')
  const source = lines(file)
  const [split] = await splitsOf(source)
  const texts: string[] = []
  for await (const { item } of source.read(split!, undefined, context)) texts.push(item.text)
  assert.deepEqual(texts, ['one', 'two', 'three'])
})

test('files are read in the order of their paths, and empty ones give nothing', async test => {
  const folder = temporaryFolder(test)
  for (const [name, text] of [['b.log', 'b\n'], ['a.log', 'a\n'], ['c.log', '']] as const) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'd.gz'), '')
  assert.deepEqual((await readAll(lines(join(folder, '*')))).map(({ item }) => item.text), ['a', 'b'])
})

test('what is appended after the listing is not read', async test => {
  const file = join(temporaryFolder(test), 'a.log')
  writeFileSync(file, 'one\n')
  const source = lines(file)
  const [split] = await splitsOf(source)
  appendFileSync(file, 'two\n')
  assert.deepEqual((await readSplit(source, split!)).map(({ item }) => item.text), ['one'])
})

test('a file that was cut or changed since the listing is named', async test => {
  const file = join(temporaryFolder(test), 'a.log')
  writeFileSync(file, 'one\ntwo\n')
  const source = lines(file)
  const [split] = await splitsOf(source)
  const [first] = await readSplit(source, split!)
  writeFileSync(file, 'longer\nthan before\n')
  await assert.rejects(readSplit(source, split!, first!.position), /a\.log was changed since it was listed: no line begins at byte 4/)
  truncateSync(file, 3)
  await assert.rejects(readSplit(source, split!), /a\.log has 3 bytes, but had 8 when it was listed/)
})

test('a line longer than the bound is an error with file and byte, not memory without end', async test => {
  const file = join(temporaryFolder(test), 'a.log')
  writeFileSync(file, Buffer.concat([Buffer.from('short\n'), Buffer.alloc(lineBytesMax + 1, 'x')]))
  await assert.rejects(readAll(lines(file)), /a\.log: the line that begins at byte 6 is longer than 16000000 bytes/)
})

test('damaged, cut and falsely named compressed files are named', async test => {
  const folder = temporaryFolder(test)
  const whole = gzipSync(Buffer.from('line\n'.repeat(100_000)))
  for (const [name, bytes] of [['cut.gz', whole.subarray(0, -20)], ['plain.gz', Buffer.from('text\n')], ['plain.zst', Buffer.from('text\n')]] as const) {
    writeFileSync(join(folder, name), bytes)
    await assert.rejects(readAll(lines(join(folder, name))), new RegExp(`${name} cannot be decompressed`))
  }
})

test('a decompression bomb is refused', async test => {
  const file = join(temporaryFolder(test), 'bomb.zst')
  writeFileSync(file, zstdCompressSync(Buffer.from('line of text\n'.repeat(10_000_000))))
  const source = lines(file)
  const [split] = await splitsOf(source)
  await assert.rejects(async () => {
    for await (const _ of source.readChunks!(split!, undefined, context)) continue
  }, /bomb\.zst gives more than 250 bytes for each of its \d+/)
})

test('a pattern that matches nothing is an error with the pattern and the working folder', async test => {
  const pattern = join(temporaryFolder(test), '*.log')
  await assert.rejects(readAll(lines(pattern)), error => error instanceof Error && error.message.includes(`'${pattern}'`) && error.message.includes(`'${process.cwd()}'`))
})

test('a file whose name looks like a pattern is found by its name', async test => {
  const file = join(temporaryFolder(test), 'a[1].log')
  writeFileSync(file, 'one\n')
  assert.equal((await readAll(lines(file))).length, 1)
})

test('reading stops when it is aborted', async test => {
  const file = join(temporaryFolder(test), 'a.log')
  writeFileSync(file, 'line\n'.repeat(200_000))
  const source = lines(file)
  const [split] = await splitsOf(source)
  const controller = new AbortController()
  await assert.rejects(async () => {
    for await (const _ of source.readChunks!(split!, undefined, { ...context, signal: controller.signal })) controller.abort()
  }, { name: 'AbortError' })
})

test('a pattern that is no text is refused', () => {
  assert.throws(() => lines(7 as unknown as string), /lines: the pattern is 7, but must be a glob pattern/)
})
