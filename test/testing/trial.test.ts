// The trial that users write tests with.
import assert from 'node:assert/strict'
import { setTimeout as reallyWait } from 'node:timers/promises'
import { test } from 'node:test'
import { PermanentError, count, csvFile, items, jsonFile, files, pipeline, topic } from '../../src/index.ts'
import { given, testContext, trial } from '../../src/testing/index.ts'
import { simulate } from '../../src/testing/simulate.ts'

const photos = pipeline('photos', flow => {
  const blurred = flow.source('photos', files('no/such/folder/*.jpg')).map(({ path }) => ({ path })).work('blur', (photo: { path: string }) => photo, { threads: 2 })
  blurred.barrier('all blurred').work('delete originals', () => { throw new Error('the real worker was called') })
  blurred.to(csvFile('no/such/folder/photos.csv'), { name: 'list' })
  return { blurred, kinds: blurred.keyBy(({ path }) => path.at(-1)!).reduce('kinds', count()) }
})

const two = [given('photos', [{ path: 'a.jpg' }, { path: 'b.png' }])]

test('sources are given, workers replaced, sinks recorded, outputs read', async () => {
  const removed: string[] = []
  const { outputs, failures, report, written } = await trial(photos, { given: two, workers: { 'delete originals': photo => { removed.push(photo.path) } } })
  assert.deepEqual(outputs.blurred.map(({ path }) => path), ['a.jpg', 'b.png'])
  assert.deepEqual(outputs.kinds.map(({ key, value }) => [key, value]), [['g', 2]])
  assert.deepEqual(removed, ['a.jpg', 'b.png'])
  assert.deepEqual(written('list'), [{ path: 'a.jpg' }, { path: 'b.png' }])
  assert.deepEqual(failures, [])
  assert.equal(report.outcome, 'completed')
  assert.equal(report.balanced, true)
})

test('originals stay while one photo is not blurred, whatever goes wrong', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const removed: string[] = []
    const { failures } = await trial(photos, {
      given: two, faults: 'all', seed,
      workers: { 'blur': photo => { if (photo.path === 'b.png') throw new PermanentError('not a photo'); return photo }, 'delete originals': photo => { removed.push(photo.path) } },
    })
    assert.deepEqual(removed, [])
    assert.match(failures[0]?.error.message ?? '', /not a photo/)
  }
})

test('a stage or source that is not in the pipeline is refused, with the one that was meant', async () => {
  await assert.rejects(trial(photos, { given: two, workers: { 'delete original': () => {} } }), /did you mean 'delete originals'/)
  await assert.rejects(trial(photos, { given: [given('photo', [])] }), /did you mean 'photos'/)
  assert.throws(() => given(7 as never, []), /topic, or the name of a source/)
  const { written } = await trial(photos, { given: two, workers: { 'delete originals': () => {} } })
  assert.throws(() => written('lists'), /no sink 'lists'; it writes to 'list'/)
})

test('an unknown fault is refused', async () => {
  await assert.rejects(trial(photos, { given: two, faults: ['crush'] as never }), /faults is 'crush'/)
})

test('a topic gives what was published to it, and has what was written to it', async () => {
  const orders = topic<{ readonly id: number }>('orders', { id: ({ id }) => id })
  const bills = topic<{ readonly bill: number }>('bills')
  const billing = pipeline('billing', flow => { flow.source(orders).work('bill', ({ id }) => ({ bill: id * 100 })).to(bills) })
  const { written } = await trial(billing, { given: [given(orders, [{ id: 1 }, { id: 2 }, { id: 1 }])] })
  assert.deepEqual(written(bills), [{ bill: 100 }, { bill: 200 }])
})

test('parameters and the time of the trial are as given', async () => {
  const params = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }), types: undefined as never as { input: { day: string }; output: { day: string } } } }
  const dated = pipeline('dated', { params }, (flow, { day }) => ({ out: flow.source('numbers', items([1])).work('work', (n, { time }) => `${n} ${day} ${time.getUTCFullYear()}`) }))
  const { outputs } = await trial(dated, { params: { day: 'Friday' }, now: new Date('2031-05-01') })
  assert.deepEqual(outputs.out, ['1 Friday 2031'])
})

test('a real worker that waits for something real holds the clock', async () => {
  const waiting = pipeline('waiting', flow => ({
    out: flow.source('numbers', items([1, 2])).work('wait', async n => {
      await reallyWait(20)
      return n
    }, { timeout: '1h', attempts: 1 }),
  }))
  const { outputs, failures } = await trial(waiting)
  assert.deepEqual(outputs.out.toSorted((a, b) => a - b), [1, 2])
  assert.deepEqual(failures, [])
})

test('a worker that never answers is named, not waited for', async () => {
  const stuck = pipeline('stuck', flow => { flow.source('numbers', items([1])).work('wait', n => n) })
  await assert.rejects(trial(stuck, { workers: { wait: () => new Promise(() => {}) }, seed: 12 }), /a worker that never answers \(seed 12/)
})

test('what a sink commits at the end of the run is written only then', async () => {
  const table = { name: 'table', commit: 'run', write: async () => {} }
  const stored = (tolerate: number) => pipeline('stored', flow => {
    flow.source('numbers', items([1, 2])).work('work', n => { if (n === 1) throw new PermanentError('no') }).barrier('all', { tolerate }).to(table)
  })
  assert.deepEqual((await trial(stored(1))).written('table'), [2])
  assert.deepEqual((await trial(stored(0))).written('table'), [])
})

test('the same seed gives the same trace, another seed another', async () => {
  const traced = (seed: number) => simulate(everything(), { given: [given('numbers', Array.from({ length: 60 }, (_, n) => n))], faults: 'all', seed })
  const traces = [await traced(4), await traced(4), await traced(5)].map(({ trace }) => trace)
  assert.equal(traces[0], traces[1])
  assert.notEqual(traces[0], traces[2])
})

test('each fault takes place', async () => {
  const run = (faults: readonly ('crash' | 'delay' | 'duplicate' | 'reorder')[], seed: number) => {
    const calls: number[] = []
    return simulate(everything(calls), { given: [given('numbers', Array.from({ length: 100 }, (_, n) => n))], faults, seed }).then(result => ({ ...result, calls }))
  }
  let crashes = 0
  for (let seed = 1; seed <= 5; seed++) crashes += (await run(['crash'], seed)).crashes
  assert.ok(crashes > 0)
  const clean = await run([], 1)
  assert.ok((await run(['delay'], 1)).elapsedMs > clean.elapsedMs)
  assert.ok((await run(['duplicate'], 1)).calls.length > 100)
  assert.notDeepEqual((await run(['reorder'], 1)).outputs['out'], clean.outputs['out'])
})

function everything(calls: number[] = []) {
  return pipeline('everything', flow => {
    const out = flow.source('numbers', items<number>([])).work('work', async (n, { attempt }) => {
      calls.push(n)
      if (attempt === 1 && n % 9 === 0) throw new Error('once')
      return n
    })
    out.to(jsonFile('never.json'), { name: 'file' })
    return { out: out.shard('shards', { by: n => n, shards: 3 }).work('second', async n => n) }
  })
}

test('a context for a worker has what is asked of it', () => {
  const context = testContext({ attempt: 2 })
  assert.equal(context.attempt, 2)
  assert.equal(context.signal.aborted, false)
  context.log.info('said to nobody')
  context.progress(1, 2)
})
