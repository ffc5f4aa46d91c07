import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { csv, fields, files, jsonLines, lines, OptionError, words } from '../../src/index.ts'
import type { Source, SourceItem } from '../../src/source.ts'
import { SourceError } from '../../src/sources/source-error.ts'
import { readAll, readBlocksOf, readSplit, splitsOf, temporaryFolder } from '../sources/reading.ts'
import { hostileFiles, hostileLines, hostileTexts } from './corpus.ts'

const sources: Readonly<Record<string, (pattern: string) => Source<any>>> = {
  csv, jsonLines, lines, words, fields: pattern => fields(pattern, { separator: ',', fields: { first: 0, second: 1 } }),
}

/** Items, or an error of the source that names the file. */
async function readOrRefuse(source: Source<any>, file: string): Promise<readonly SourceItem<any>[] | SourceError> {
  try {
    return await readAll(source)
  } catch (error) {
    assert.ok(error instanceof SourceError, String(error))
    assert.ok(error.message.includes(file), error.message)
    return error
  }
}

function assertClean(items: readonly SourceItem<any>[], what: string): void {
  for (const { item, error } of items) {
    if (error) assert.ok(error.message.length < 30_000, what)
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) assert.equal(Object.getPrototypeOf(item), Object.prototype, what)
  }
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined, what)
}

/** Lines tell of their file. */
function itemsText(items: readonly SourceItem<any>[]): string {
  return JSON.stringify(items.map(({ item }) => item as unknown)).replaceAll('.txt.gz"', '.txt"')
}

for (const [kind, sourceOf] of Object.entries(sources)) {
  test(`${kind} of any bytes gives items, items that say why they cannot be read, or an error with the file`, async t => {
    const folder = temporaryFolder(t)
    let read = 0
    for (const [index, { name, bytes }] of hostileFiles.entries()) {
      const file = join(folder, `${index}.txt`)
      writeFileSync(file, bytes)
      const items = await readOrRefuse(sourceOf(file), file)
      if (items instanceof SourceError) continue
      read++
      assertClean(items, name)
      const [split] = await splitsOf(sourceOf(file))
      const source = sourceOf(file)
      if (source.readBlocks && split) assert.equal((await readBlocksOf(source, split)).length, items.length, `${name}, many at once`)
      writeFileSync(`${file}.gz`, gzipSync(bytes))
      const compressed = await readOrRefuse(sourceOf(`${file}.gz`), file)
      assert.equal(itemsText(compressed as readonly SourceItem<any>[]), itemsText(items), `${name}, compressed`)
    }
    assert.ok(read > hostileFiles.length / 2, `${read} were read`)
  })
}

test('of lines that are JSON, or nearly, each is an item or says why it is none', async t => {
  const file = join(temporaryFolder(t), 'lines.jsonl')
  const texts = hostileLines.map(({ text }) => text).filter(text => !text.includes('\n'))
  writeFileSync(file, `${texts.join('\n')}\n`)
  const items = await readAll(jsonLines(file))
  assert.equal(items.length, texts.length)
  assertClean(items, 'lines')
  const refused = items.filter(({ error }) => error)
  assert.ok(refused.length > 5 && refused.length < texts.length, `${refused.length} refused`)
})

async function assertRefused(source: Source<any>, pattern: RegExp): Promise<void> {
  await assert.rejects(readAll(source), (error: Error) => error instanceof SourceError && pattern.test(error.message))
}

test('folders, pipes, devices and links to nothing are no files, whatever they are called', async t => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'folder.csv'))
  execFileSync('mkfifo', [join(folder, 'pipe.csv')])
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.csv'))
  symlinkSync(join(folder, 'circle.csv'), join(folder, 'circle.csv'))
  symlinkSync('/dev/zero', join(folder, 'endless.csv'))
  for (const name of ['folder.csv', 'pipe.csv', 'dangling.csv', 'endless.csv']) await assertRefused(csv(join(folder, name)), /no file matches/)
  await assertRefused(csv(join(folder, 'circle.csv')), /circle\.csv cannot be listed/)
  rmSync(join(folder, 'circle.csv'))
  writeFileSync(join(folder, 'right.csv'), 'a\n1\n')
  assert.deepEqual((await readAll(csv(join(folder, '*.csv')))).map(({ item }) => item), [{ a: '1' }], 'the right one is read all the same')
})

for (const [kind, sourceOf] of Object.entries(sources)) {
  test(`${kind} of a file that shrinks, vanishes or becomes a pipe while it is read is an error with its name`, async t => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'a.txt')
    const begin = async () => {
      writeFileSync(file, 'a,b\n'.repeat(500_000))
      const source = sourceOf(file)
      const [split] = await splitsOf(source)
      return { source, split: split! }
    }
    const shrinking = await begin()
    const chunks = shrinking.source.readChunks!(shrinking.split, undefined, { signal: t.signal, log: { info() {}, warn() {}, error() {} } })
    const reader = chunks[Symbol.asyncIterator]()
    await reader.next()
    truncateSync(file, 10)
    await assert.rejects(async () => { while (!(await reader.next()).done) continue }, (error: Error) => error instanceof SourceError && error.message.includes(file))

    const vanishing = await begin()
    rmSync(file)
    await assert.rejects(readSplit(vanishing.source, vanishing.split), (error: Error) => error instanceof SourceError && error.message.includes(file))
    mkdirSync(file)
    await assert.rejects(readSplit(vanishing.source, vanishing.split), (error: Error) => error instanceof SourceError && error.message.includes(file))
    rmSync(file, { recursive: true })
    execFileSync('mkfifo', [file])
    await assert.rejects(readSplit(vanishing.source, vanishing.split), (error: Error) => error instanceof SourceError && error.message.includes(file))
  })
}

test('a file of any name that a folder can hold is found by its name, and a pattern of any text is a pattern, or an error with it', async t => {
  const folder = temporaryFolder(t)
  const names = hostileTexts.map(({ text }) => text).filter(text => text !== '' && !/[\0/\p{Cs}]|^\.\.?$/u.test(text) && Buffer.byteLength(text) < 250)
  for (const name of names) {
    const place = join(folder, String(names.indexOf(name)))
    mkdirSync(place)
    writeFileSync(join(place, name), name)
    const [found] = await readAll(files(join(place, name)))
    assert.equal(found?.item.name, name)
  }
  for (const { name, text } of hostileTexts) {
    if (text.startsWith('/') || text.includes('..') || text.length > 10_000) continue
    await assert.rejects(async () => readAll(files(join(folder, 'none', text))), (error: Error) => error instanceof SourceError || error instanceof OptionError, name)
  }
})
