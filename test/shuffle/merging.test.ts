// Tables, run files and their merging in this thread, on keys and sums of all kinds.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import fc from 'fast-check'
import type { Reducer } from 'batchwork'
import type { MergeGroup, RunFile } from '../../src/map-reducer.ts'
import type { EncodedChunk } from '../../src/model/chunk.ts'
import type { Meta } from '../../src/model/item.ts'
import { decodeItems, decodeValues } from '../../src/model/items.ts'
import type { ReduceStage } from '../../src/plan/plan.ts'
import { sectionCount, type RawKey } from '../../src/shuffle/key-hash.ts'
import { KeyTable } from '../../src/shuffle/key-table.ts'
import { MergeTable } from '../../src/shuffle/merge-table.ts'
import { mergeSections } from '../../src/shuffle/merging.ts'
import { RunWriter } from '../../src/shuffle/run-file.ts'
import { storing, type Settings } from './fixtures/pipelines.ts'
import { Store } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'batchwork-merging-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

type Item = readonly [key: RawKey, value: unknown]

const all: MergeGroup = { from: 0, to: sectionCount, pass: 0, passes: 1, isWhole: false }
/** All values of a key: their order tells the order of merging. */
const listed: Reducer<unknown, unknown, unknown> = {
  create: () => [], add: (list, value) => [...(list as unknown[]), value], merge: (a, b) => [...(a as unknown[]), ...(b as unknown[])], extract: list => list,
}
/** Their FNV-1a is the same. */
const colliding = ['declinate', 'macallums'] as const
const keys = fc.oneof(fc.constantFrom<RawKey>('a', 'b', 'c', ...colliding), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 10 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom<RawKey>('\ud800', 'q"\\\n', '1', 1, '', 'x'.repeat(3_000), 'é'.repeat(3_000)))
const values = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.constant(undefined), fc.constant(-0), fc.constant(new Date(7)), fc.constant({ $type: 'mine' }), fc.double())
const items = fc.array(fc.tuple(keys, values).map((item): Item => item), { maxLength: 60 })

/** One run file for each task. */
function mapped(tasks: readonly (readonly Item[])[], bytesMax: number): readonly RunFile[] {
  const table = new KeyTable(listed, bytesMax, bytesMax)
  return tasks.flatMap(task => {
    const writer = new RunWriter(join(folder, `${++files}.run`))
    const spill = () => {
      writer.write(table.drain())
      table.clear()
    }
    table.begin()
    task.forEach(([key, value], index) => {
      table.add(key, value, {} as Meta)
      if (index % 7 === 0) table.measure()
      if (table.isFull) spill()
    })
    spill()
    return writer.finish() ?? []
  })
}

function chunksOf(runs: readonly RunFile[], group: MergeGroup): readonly EncodedChunk[] {
  const sections = Array.from({ length: group.to - group.from }, (_, index) => runs.flatMap(({ file, runs: each }) => each.flatMap(parts => parts.filter(({ number }) => number === group.from + index).map(section => ({ file, section })))))
  return mergeSections({ reducer: listed, isKeyed: true } as unknown as ReduceStage, group, sections, folder)
}

function merged(runs: readonly RunFile[], group: MergeGroup) {
  return chunksOf(runs, group).flatMap(chunk => decodeItems({ ...chunk, topic: 't', partition: 0, offset: 0, next: chunk.count, at: 0 }).values as { readonly key: RawKey; readonly value: unknown }[])
}

/** Run files that this process has open; empty where the system does not tell. */
function openFiles(): readonly string[] {
  if (!existsSync('/proc/self/fd')) return []
  return readdirSync('/proc/self/fd').flatMap(descriptor => {
    const link = join('/proc/self/fd', descriptor)
    return existsSync(link) ? [readlinkSync(link)].filter(path => path.startsWith(folder)) : []
  })
}

function expected(tasks: readonly (readonly Item[])[]) {
  // 0 and -0 are one key, as in a Map.
  return new Map([...Map.groupBy(tasks.flat(), ([key]) => key)].map(([key, group]) => [key, group.map(([, value]) => value)]))
}

suite('runs that are merged', () => {
  test('give every key once with all of its values in order, whatever the memory', () => {
    fc.assert(fc.property(fc.array(items, { maxLength: 4 }), fc.constantFrom(1, 400, 3_000, Infinity), (tasks, bytesMax) => {
      const results = merged(mapped(tasks, bytesMax), all)
      assert.equal(new Set(results.map(({ key }) => key)).size, results.length)
      assert.deepEqual(new Map(results.map(({ key, value }) => [key, value])), expected(tasks))
    }))
  })

  test('come in the same order, however the runs were cut', () => {
    fc.assert(fc.property(fc.array(items, { maxLength: 4 }), fc.constantFrom(1, 400, 3_000), (tasks, bytesMax) => {
      assert.deepEqual(merged(mapped(tasks, bytesMax), all), merged(mapped([tasks.flat()], Infinity), all))
    }))
  })

  test('give in several passes what they give in one', () => {
    fc.assert(fc.property(items, fc.integer({ min: 2, max: 5 }), (task, passes) => {
      const runs = mapped([task], 400)
      const parts = Array.from({ length: passes }, (_, pass) => merged(runs, { ...all, pass, passes })).flat()
      assert.deepEqual(new Map(parts.map(({ key, value }) => [key, value])), new Map(merged(runs, all).map(({ key, value }) => [key, value])))
      assert.equal(parts.length, merged(runs, all).length)
    }))
  })

  test('come in the order of their keys where one group is all there is', () => {
    fc.assert(fc.property(items, task => {
      const texts = merged(mapped([task], 400), { ...all, isWhole: true }).map(({ key }) => JSON.stringify(key))
      assert.deepEqual(texts, texts.toSorted((a, b) => (a < b ? -1 : 1)))
    }))
  })

  test('tell keys apart that have the same hash', () => {
    const different = Array.from({ length: 1_000 }, (_, index): Item => [`key ${index}`, index])
    const tasks = [[...different, ...Array.from({ length: 10 }, (_, index): Item => [colliding[index % 2]!, index])]]
    const runs = mapped(tasks, 20_000)
    assert.deepEqual(new Map(merged(runs, all).map(({ key, value }) => [key, value])), expected(tasks))

    // From this basis the quote before a key leads to the one of FNV-1a.
    const table = new MergeTable(listed, 0xb347da65)
    const bytes = Buffer.from(colliding.map(key => `${JSON.stringify(key)}\n`).join(''))
    table.beginSection()
    table.merge({ bytes, keysAt: 0, sums: [[[1], [2]]] }, all)
    assert.deepEqual(table.sums, [[1], [2]])
  })

  test('may be in more files than are open at once, and leave none open', () => {
    const tasks = Array.from({ length: 150 }, (_, task) => Array.from({ length: 5 }, (_, index): Item => [`key ${index}`, task]))
    const runs = mapped(tasks, Infinity)
    const openBefore = openFiles()
    assert.deepEqual(new Map(merged(runs, all).map(({ key, value }) => [key, value])), expected(tasks))
    assert.deepEqual(openFiles(), openBefore)
  })

  test('give results in chunks of at most a megabyte, but for one that is larger by itself', () => {
    const task = [400_000, 400_000, 400_000, 400_000, 2_000_000, 10].map((length, index): Item => [`key ${index}`, 'x'.repeat(length)])
    const chunks = chunksOf(mapped([task], Infinity), { ...all, isWhole: true })
    assert.deepEqual(chunks.map(({ count: items }) => items), [1, 2, 1, 1, 1])
    assert.deepEqual(chunks.flatMap(({ values: text, columns }) => decodeValues({ text, isPlain: columns === '{}' })), task.map(([key, value]) => ({ key, value: [value] })))
  })

  test('hold an entry for each item where no key comes again, and few for a key that comes often', () => {
    const entries = (keyOf: (index: number) => string) => mapped([Array.from({ length: 20_000 }, (_, index): Item => [keyOf(index), 1])], 1_000_000)
      .flatMap(({ runs }) => runs.flat()).reduce((sum, section) => sum + section.entries, 0)
    const once = (index: number) => `key ${index}`
    assert.equal(entries(once), 20_000)
    assert.equal(entries(index => once(index % 100)), 100)
    // Of so many different ones that not all are looked for.
    const alone = entries(index => (index % 11 === 0 ? 'often' : once(index)))
    assert.ok(alone < 18_300, `${alone} entries`)
  })
})

suite('a run that cannot be written', () => {
  test('ends the run, and is not held against the item that was added last', async () => {
    using store = new Store()
    await assert.rejects(store.run(storing, { seed: 1 } satisfies Settings), { code: 'CODEC' })
  })
})
