// A crash at every commit, before it is made and before it is acknowledged, of a pipeline with most patterns in it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError, count, items, jsonFile, pipeline, sum, topic } from '../../src/index.ts'
import { given } from '../../src/testing/index.ts'
import { simulate, type Simulated } from '../../src/testing/simulate.ts'
import { upTo } from './running.ts'

const published = topic<number>('published', { id: n => n })
const results = topic<number>('results')

const everything = pipeline('everything', flow => {
  const all = flow.merge('all', [flow.source('numbers', items<number>([])), flow.source(published)])
  const worked = all.filter(n => n % 7 !== 6).work('work', (n, { attempt }) => {
    if (n % 10 === 4) throw new PermanentError(`never ${n}`)
    if (n % 10 === 5 && attempt < 3) throw new Error('not yet')
    return n * 2
  }, { attempts: 3 })
  worked.failed.to(jsonFile('never.json'), { name: 'failures' })
  const sharded = worked.shard('halves', { by: n => n, shards: 2 }).work('shards', n => n + 1).flatMap(n => [n, -n])
  const behind = sharded.barrier('all there', { tolerate: '100%' })
  const { large, small } = behind.split({ large: n => n > 20 }, { default: 'small' })
  large.to(jsonFile('never.json'), { name: 'large' })
  small.work('pass', n => n).to(results)
  return { sum: behind.reduce('sum', sum(n => n)), counts: behind.keyBy(n => Math.abs(n) % 3).reduce('counts', count()) }
})

const options = { given: [given('numbers', upTo(20)), given(published, [...upTo(20).map(n => n + 100), 100, 101])] }

function resultsOf({ outputs, written, failures, report }: Simulated<any>): unknown {
  const texts = (values: readonly unknown[]) => values.map(value => JSON.stringify(value)).toSorted()
  const withoutTime = (values: readonly any[]) => values.map(({ at: _at, ...failure }) => failure as unknown)
  return {
    sum: outputs['sum'], counts: outputs['counts'], large: texts(written('large')), results: texts(written(results)),
    failed: texts(failures.map(({ item, reason }) => [item, reason])), stream: texts(withoutTime(written('failures') as readonly any[]).map((failure: any) => [failure.item, failure.attempts])),
    outcome: report.outcome, balanced: report.balanced,
    stages: Object.fromEntries(Object.entries(report.stages).map(([stage, { in: read, out, done, failed, dropped, duplicates }]) => [stage, { read, out, done, failed, dropped, duplicates }])),
  }
}

test('a crash at any commit changes nothing of what comes out', async () => {
  const clean = await simulate(everything, options)
  const expected = resultsOf(clean)
  const { commits } = clean.world.faults
  assert.ok(commits > 20)
  assert.equal(clean.failures.length, 3)
  for (let commit = 0; commit < commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const crashed = await simulate(everything, { ...options, crashAt: { commit, when } })
      assert.deepEqual(resultsOf(crashed), expected, `${when} commit ${commit} of ${commits}`)
    }
  }
})
