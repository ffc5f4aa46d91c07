import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { LastWords } from '../../src/executors/last-words.ts'

/** What a process that runs this code wrote, given in pieces of a size. */
function heardOf(code: string, pieceSize: number): { readonly passedOn: string; readonly cause: string | undefined } {
  const { stderr } = spawnSync(process.execPath, ['--max-old-space-size=30', '-e', code], { encoding: 'utf8' })
  let passedOn = ''
  const words = new LastWords(text => (passedOn += text))
  for (let at = 0; at < stderr.length; at += pieceSize) words.hear(stderr.slice(at, at + pieceSize))
  return { passedOn, cause: words.cause(30) }
}

test('what a process writes is passed on, and is no cause of its end', () => {
  assert.deepEqual(heardOf('console.error("slow\\n  ^\\n\\nor not"); process.exit(3)', 5), { passedOn: 'slow\n  ^\n\nor not\n', cause: undefined })
})

test('an exception that nobody caught is passed on, and is the cause', () => {
  const { passedOn, cause } = heardOf('console.error("before"); setImmediate(() => { throw new RangeError("too far\\n\\nby 3") })', 7)
  assert.match(passedOn, /^before\n[^]*RangeError: too far\n\nby 3\n +at /)
  assert.match(cause!, /^threw outside of any item: RangeError: too far\n\nby 3\n +at [^]*\)?$/)
  assert.doesNotMatch(cause!, /before|Node\.js v/)
})

test('a rejection that nobody caught is the cause', () => {
  assert.match(heardOf('Promise.reject(new TypeError("no"))', 1_000).cause!, /^threw outside of any item: TypeError: no\n/)
})

test('a full heap is the cause, and the report on it is not passed on, in whatever pieces it comes', () => {
  for (const size of [9, 100, 100_000]) {
    const { passedOn, cause } = heardOf('console.error("before"); for (const eaten = []; ;) eaten.push(Array.from({ length: 100_000 }).fill(1))', size)
    assert.equal(cause, "ran out of memory (limit 30 MiB); raise 'memory'")
    assert.doesNotMatch(passedOn, /FATAL|Mark-Compact/)
    assert.match(passedOn, /^before/)
  }
})
