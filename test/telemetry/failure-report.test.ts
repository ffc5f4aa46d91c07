import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Failure } from '../../src/model/item.ts'
import { writeFailureReport } from '../../src/telemetry/failure-report.ts'

function failure(number: number, message: string, stage = 'blur'): Failure<unknown> {
  return { id: `photos:0:${number}`, stage, item: { number, taken: new Date(0), size: 10n }, reason: 'attempts', error: { name: 'Error', message }, attempts: 3, origin: `photo ${number}.jpg`, at: new Date(1_000) }
}

async function* given(failures: readonly Failure<unknown>[]): AsyncGenerator<Failure<unknown>> {
  yield* failures
}

function folderFor(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'batchwork-report-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'reports')
}

const write = (failures: readonly Failure<unknown>[], folder: string) => writeFailureReport(given(failures), { folder, title: 'What failed', clean: text => text, cleanJson: json => json })

test('failures are grouped by stage and error, those that differ in numbers and names together', async t => {
  const folder = folderFor(t)
  const many = Array.from({ length: 30 }, (_, number) => failure(number, `no car in 'photo ${number}'`))
  const report = await write([...many, failure(99, 'disk full', 'store')], folder)
  assert.equal(report.count, 31)
  assert.deepEqual(report.groups.map(({ stage, count, error }) => [stage, count, error]), [['blur', 30, "Error: no car in 'photo 0'"], ['store', 1, 'Error: disk full']])
  const text = readFileSync(join(folder, 'failures.txt'), 'utf8')
  assert.match(text, /^What failed\n31 failed for good\./)
  assert.match(text, /blur: 30 failed\n=+\n\n30 x {2}Error: no car in 'photo 0' {2}\(its attempts were used up\)\n\n {2}where {2}photo 0\.jpg\n {2}id {5}photos:0:0\n {2}why {4}Error: no car in 'photo 0'\n {2}when {3}1970-01-01T00:00:01\.000Z, after 3 attempts\n {2}what {3}\{"number":0/)
  assert.match(text, /\.\.\. and 10 more like these/)
})

test('every failure is a line of JSON that says what, why, when and where', async t => {
  const folder = folderFor(t)
  await write([failure(1, 'broken')], folder)
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'failures.jsonl'), 'utf8')), {
    stage: 'blur', id: 'photos:0:1', origin: 'photo 1.jpg', reason: 'attempts', attempts: 3, at: '1970-01-01T00:00:01.000Z', error: { name: 'Error', message: 'broken' },
    item: { number: 1, taken: '1970-01-01T00:00:00.000Z', size: '10' },
  })
})

test('the history of a failure is told without stacks', async t => {
  const folder = folderFor(t)
  const history = [{ attempt: 1, at: 500, error: { name: 'TypeError', message: 'no answer', stack: 'TypeError: no answer\n    at work' } }, { attempt: 2, at: 1_000, error: { name: 'Error', message: 'broken' } }]
  await write([{ ...failure(1, 'broken'), history }], folder)
  assert.deepEqual((JSON.parse(readFileSync(join(folder, 'failures.jsonl'), 'utf8')) as { readonly history: unknown }).history, [
    { attempt: 1, at: '1970-01-01T00:00:00.500Z', error: { name: 'TypeError', message: 'no answer' } },
    { attempt: 2, at: '1970-01-01T00:00:01.000Z', error: { name: 'Error', message: 'broken' } },
  ])
})

test('where nothing failed there is no report, and none is left of before', async t => {
  const folder = folderFor(t)
  await write([failure(1, 'broken')], folder)
  assert.deepEqual(await write([], folder), { count: 0, files: undefined, groups: [] })
  assert.equal(existsSync(folder), false)
})

test('as many kinds of errors as items do not fill memory: past the bound they are one group', async t => {
  const words = (number: number) => [...String(number)].map(digit => 'abcdefghij'[Number(digit)]).join('')
  const report = await write(Array.from({ length: 2_000 }, (_, number) => failure(number, words(number))), folderFor(t))
  assert.equal(report.count, 2_000)
  assert.equal(report.groups.length, 501)
  assert.equal(report.groups[0]!.count, 1_500)
})
