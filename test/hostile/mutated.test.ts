import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { harmlessJson, neutralised, oneLine, shortened, widthOf } from '../../src/cli/terminal-text.ts'
import { parseFlags } from '../../src/cli/parameters.ts'
import { csv, jsonLines, lines, words } from '../../src/index.ts'
import { fromText, toText } from '../../src/model/codec.ts'
import { BatchworkError } from '../../src/model/errors.ts'
import { nameFault } from '../../src/model/item-name.ts'
import { lineItem } from '../../src/queue/line-item.ts'
import { resultFile } from '../../src/queue/processes/result-folder.ts'
import { SourceError } from '../../src/sources/source-error.ts'
import { readAll, temporaryFolder } from '../sources/reading.ts'
import { hostileFiles, hostileLines, hostileTexts } from './corpus.ts'
import { assertHarmless, steers } from './steering.ts'

// HOSTILE_RUNS=100000 tries more; HOSTILE_SEED=... the same again.
const numRuns = Number(process.env['HOSTILE_RUNS'] ?? 1_000)
/** A file costs as much as several texts. */
const filesShare = 4
const settings = { numRuns, ...(process.env['HOSTILE_SEED'] !== undefined && { seed: Number(process.env['HOSTILE_SEED']) }) }

const seeds = [...hostileTexts, ...hostileLines].map(({ text }) => text).filter(text => text.length < 5_000)

/** Texts of the corpus cut, doubled, put into each other, and with anything in between. */
const mutated = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...seeds), fc.string({ unit: 'binary', maxLength: 20 })), fc.nat(40), fc.nat(40)), { minLength: 1, maxLength: 4 })
  .map(parts => parts.map(([text, from, length]) => (length === 0 ? text : text.slice(from % (text.length + 1)).slice(0, length * 5))).join(''))

/** Bytes of the corpus with some exchanged, and cut. */
const mutatedBytes = fc.tuple(fc.constantFrom(...hostileFiles), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }), fc.constantFrom(...hostileFiles), fc.nat(60)).map(([first, changes, second, cut]) => {
  const bytes = Buffer.concat([first.bytes, second.bytes.subarray(0, cut)])
  for (const [at, value] of changes) bytes[at % bytes.length] = value
  return bytes
})

test('no mutation of the corpus steers a terminal, and JSON made harmless is the same value', () => {
  fc.assert(fc.property(mutated, text => {
    assert.doesNotMatch(neutralised(text), steers)
    assert.doesNotMatch(oneLine(text), /[\n\t]/)
    assert.ok(widthOf(shortened(oneLine(text), 20)) <= 20)
    const json = harmlessJson(JSON.stringify({ [text]: text }))
    assertHarmless(json, 'JSON', '\n  at any:1:1')
    assert.deepEqual(Object.entries(JSON.parse(json) as object), [[text, text]])
  }), settings)
})

test('a mutated text is a name that is refused, or one whose file lies in its folder', () => {
  fc.assert(fc.property(mutated, text => {
    assert.match(resultFile(text), /^\w[\w.-]*-[\da-f]{16}\.json$/)
    if (nameFault(text) === undefined) assert.doesNotMatch(text, /(?!\t)[\p{Cc}\p{Cs}]/u)
  }), settings)
})

test('mutated lines of a list are items, or say what is wrong with them', () => {
  fc.assert(fc.property(mutated, text => {
    const item = lineItem(text, 'name')
    if (item === undefined) assert.equal(text.trim(), '')
    else if (item.fault === undefined) assert.equal(nameFault(item.name), undefined)
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  }), settings)
})

test('mutated words of a command are parameters, or refused in words', () => {
  fc.assert(fc.property(fc.array(fc.oneof(mutated, mutated.map(text => `--${text}`)), { maxLength: 4 }), given => {
    try {
      assert.equal(parseFlags(given) instanceof Object, true)
    } catch (error) {
      assert.ok(error instanceof BatchworkError, String(error))
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  }), settings)
})

test('mutated JSON that can be stored comes back as it was', () => {
  fc.assert(fc.property(fc.oneof(mutated, fc.json()), text => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      value = { [text]: [text] }
    }
    let stored: string
    try {
      stored = toText(value)
    } catch (error) {
      return assert.ok(error instanceof BatchworkError, String(error))
    }
    assert.deepEqual(fromText(stored), value)
  }), settings)
})

test('files of mutated bytes are read, or refused with their name', async t => {
  const file = join(temporaryFolder(t), 'mutated.txt')
  await fc.assert(fc.asyncProperty(mutatedBytes, fc.constantFrom(csv, jsonLines, lines, words), async (bytes, sourceOf) => {
    writeFileSync(file, bytes)
    try {
      for (const { item } of await readAll(sourceOf(file) as ReturnType<typeof jsonLines>)) {
        if (typeof item === 'object' && item !== null && !Array.isArray(item)) assert.equal(Object.getPrototypeOf(item), Object.prototype)
      }
    } catch (error) {
      assert.ok(error instanceof SourceError && error.message.includes(file), String(error))
    }
  }), { ...settings, numRuns: Math.ceil(numRuns / filesShare) })
})
