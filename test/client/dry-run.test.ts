// Dry runs on real stores in temporary folders.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  connect, count, countBy, inChunks, items, jsonFile, limit, lines, OptionError, PermanentError, pipeline, RetryLater, topic, type Client, type DryRunReport, type Source,
} from 'batchwork'
import { processed, threaded } from './dry-run/pipelines.ts'

class Place {
  readonly folder: string
  readonly client: Client

  private constructor(folder: string, client: Client) {
    this.folder = folder
    this.client = client
  }

  static async in(t: TestContext): Promise<Place> {
    const folder = mkdtempSync(join(tmpdir(), 'batchwork-dry-run-'))
    const client = await connect({ engine: join(folder, 'store') })
    t.after(async () => {
      await client[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    })
    return new Place(folder, client)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, texts: readonly string[]): void {
    writeFileSync(this.path(name), texts.map(text => `${text}\n`).join(''))
  }
}

const upTo = (end: number) => Array.from({ length: end }, (_, index) => index)

function countsOf(report: DryRunReport, stage: string) {
  const { in: read, out, done, dropped, failed } = report.stages[stage]!.counts
  return { in: read, out, done, dropped, failed }
}

test('workers run on the sample alone, and nothing is written: no file, no topic, no run', async t => {
  const place = await Place.in(t)
  const doubled = topic<number>('doubled')
  const worked: number[] = []
  const report = await place.client.dryRun(pipeline('numbers', flow => {
    const all = flow.source('numbers', items(upTo(1_000))).work('double', n => { worked.push(n); return n * 2 })
    all.to(doubled)
    all.to(jsonFile(place.path('out.json')))
    return { all }
  }), { sample: 10 })
  deepEqual(worked.toSorted((a, b) => a - b), upTo(10))
  equal(report.outcome, 'completed')
  deepEqual(countsOf(report, 'double'), { in: 10, out: 10, done: 10, dropped: 0, failed: 0 })
  deepEqual(countsOf(report, 'doubled'), { in: 10, out: 10, done: 10, dropped: 0, failed: 0 })
  equal(report.stages['double']!.gives, 'number 0..18')
  deepEqual(report.sources['numbers'], { sampled: 10, total: 1_000, from: 'size', shape: 'number 0..9' })
  deepEqual(readdirSync(place.folder), ['store'])
  const written: number[] = []
  const read = await place.client.run(pipeline('reads', flow => { flow.source(doubled).work('note', n => { written.push(n) }) }))
  equal(read.stages['note']!.in, 0)
  deepEqual(written, [])
})

test('the sample is taken from all files, and its items have the ids and origins of a run', async t => {
  const place = await Place.in(t)
  for (const name of ['a', 'b', 'c']) place.write(`${name}.txt`, upTo(20).map(line => `${name}${line}`))
  const ids = async (sample: boolean) => {
    const seen = new Map<string, string>()
    const read = pipeline('read', flow => { flow.source('texts', lines(place.path('*.txt'))).work('note', ({ text }, { id, origin }) => void seen.set(text, `${id} ${origin}`)) })
    await (sample ? place.client.dryRun(read, { sample: 7 }) : place.client.run(read))
    return seen
  }
  const [sampled, all] = [await ids(true), await ids(false)]
  deepEqual([...sampled.keys()].toSorted(), ['a0', 'a1', 'a2', 'b0', 'b1', 'c0', 'c1'])
  for (const [text, id] of sampled) equal(id, all.get(text))
})

test('where there are more files than items, some are passed over, and ids are still those of a run', async t => {
  const place = await Place.in(t)
  for (const name of ['a', 'b', 'c', 'd']) place.write(`${name}.txt`, [name])
  const ids: string[] = []
  await place.client.dryRun(pipeline('read', flow => { flow.source('texts', lines(place.path('*.txt'))).work('note', ({ text }, { id }) => void ids.push(`${text} ${id}`)) }), { sample: 2 })
  deepEqual(ids.toSorted(), ['a texts:0:0', 'c texts:2:0'])
})

test('what short files leave over is taken from the others', async t => {
  const place = await Place.in(t)
  place.write('a.txt', upTo(50).map(String))
  place.write('b.txt', ['only'])
  place.write('c.txt', [])
  const { sources } = await place.client.dryRun(pipeline('read', flow => { flow.source('texts', lines(place.path('*.txt'))).work('pass', () => {}) }), { sample: 20 })
  equal(sources['texts']!.sampled, 20)
})

test('failures are told with their kind, place and reason, and no retry is waited for', async t => {
  const place = await Place.in(t)
  const tries = new Map<number, number>()
  const report = await place.client.dryRun(pipeline('failing', { tolerate: '10%', work: { attempts: 3, backoff: { delay: '1h' } } }, flow => {
    flow.source('numbers', items(upTo(40))).work('judge', async n => {
      tries.set(n, (tries.get(n) ?? 0) + 1)
      if (n % 10 === 1) throw new PermanentError(`number ${n} is odd`)
      if (n === 2) throw new RetryLater('come again', { after: '2h' })
      if (n === 3 && tries.get(n) === 1) throw new Error('only once')
    })
  }), { sample: 20 })
  equal(report.outcome, 'completed-with-failures')
  deepEqual(report.failures.map(({ stage, error, reason, count: failed, examples }) => ({ stage, error, reason, failed, origins: examples.map(({ origin }) => origin) })), [
    { stage: 'judge', error: 'PermanentError: number 1 is odd', reason: 'permanent', failed: 2, origins: ['item 2', 'item 12'] },
    { stage: 'judge', error: 'RetryLater: come again', reason: 'attempts', failed: 1, origins: ['item 3'] },
  ])
  equal(report.stages['judge']!.counts.retried, 3)
  equal(tries.get(2), 3)
  equal(report.forecast.deadLetters, 6)
  deepEqual(report.warnings, ['a run would stop: 3 items failed, and the pipeline tolerates 10%'])
})

test('a barrier that failures shut stays shut: what is behind it does not run', async t => {
  const place = await Place.in(t)
  const deleted: number[] = []
  const gated = (bad: number) => pipeline('gated', flow => {
    flow.source('photos', items(upTo(100))).work('blur', n => { if (n === bad) throw new PermanentError('no plate') })
      .barrier('all blurred').work('delete', n => { deleted.push(n) })
  })
  const shut = await place.client.dryRun(gated(3), { sample: 10 })
  equal(shut.outcome, 'stopped')
  match(shut.reasons.join(), /all blurred/)
  deepEqual(deleted, [])
  const open = await place.client.dryRun(gated(-1), { sample: 10 })
  equal(open.outcome, 'completed')
  equal(deleted.length, 10)
})

test('what reduces and batches give is told, and so is what they take after the operators in front', async t => {
  const place = await Place.in(t)
  const report = await place.client.dryRun(pipeline('sums', flow => {
    const pages = flow.source('hits', items(upTo(500).map(n => `page${n % 3} ${n}`))).map(text => ({ page: text.split(' ')[0]!, bytes: Number(text.split(' ')[1]) })).filter(({ bytes }) => bytes > 1)
    const byPage = pages.keyBy(({ page }) => page).reduce('by page', count())
    pages.batch('batches', { count: 5 }).work('store', () => {})
    return { byPage }
  }), { sample: 12 })
  equal(report.stages['by page']!.takes, '{ page: string, bytes: number 2..11 }')
  equal(report.stages['by page']!.gives, '{ key: string, value: number 3..4 }')
  equal(report.stages['store']!.takes, '{ page: string, bytes: number 2..11 }[]')
  equal(report.stages['by page']!.counts.dropped, 2)
})

test('a dictionary with many keys is told of as one', async t => {
  const place = await Place.in(t)
  const report = await place.client.dryRun(pipeline('counts', flow => {
    const counted = flow.source('numbers', items(upTo(100))).reduce('counted', countBy(n => String(n)))
    counted.work('look', () => {})
  }))
  equal(report.stages['counted']!.gives, '{ [key]: number 1 }')
})

test('threads and processes are used as the pipeline says', async t => {
  const place = await Place.in(t)
  const inThreads = await place.client.dryRun(threaded, { sample: 20 })
  equal(inThreads.stages['where']!.gives, `{ isThread: number 1, pid: number ${process.pid} }`)
  equal(inThreads.stages['where']!.time!.workers, 2)
  process.env['DRY_RUN_PARENT'] = String(process.pid)
  const inProcess = await place.client.dryRun(processed, { sample: 5 })
  equal(inProcess.stages['where']!.gives, '{ isParent: number 0 }')
})

test('a worker of chunks gets chunks; its results, failures and times are those of items', async t => {
  const place = await Place.in(t)
  const sizes: number[] = []
  const report = await place.client.dryRun(pipeline('chunks', flow => {
    flow.source('numbers', items(upTo(1_000))).work('insert', inChunks(numbers => {
      sizes.push(numbers.length)
      return numbers.map(n => (n === 7 ? new PermanentError('no seven') : n === 8 ? new RetryLater('later', { after: '3h' }) : n + 0.5))
    }, { size: 25 }), { attempts: 2 })
  }), { sample: 50 })
  ok(sizes.includes(25))
  equal(report.stages['insert']!.counts.failed, 2)
  equal(report.stages['insert']!.gives, 'number 0.5..49.5')
  ok(report.stages['insert']!.time!.perSecond > 0)
})

test('of a topic the items at the position where the pipeline goes on are taken, and its position stays', async t => {
  const place = await Place.in(t)
  const orders = topic<{ readonly id: number }>('orders', { key: order => order.id, keepFor: 'always' })
  const taken: string[] = []
  const ship = pipeline('ship', flow => { flow.source(orders).work('pack', ({ id }, context) => void taken.push(`${id} ${context.key} ${context.id}`)) })
  const takeAll = () => taken.splice(0).toSorted()
  await place.client.publishAll(orders, upTo(3).map(id => ({ id })))
  await place.client.run(ship)
  takeAll()
  await place.client.publishAll(orders, upTo(9).slice(3).map(id => ({ id })))
  const report = await place.client.dryRun(ship, { sample: 2 })
  deepEqual(report.sources['orders'], { sampled: 2, total: 6, from: 'all', shape: '{ id: number 3..4 }' })
  const sampled = takeAll()
  await place.client.run(ship)
  const all = takeAll()
  equal(all.length, 6)
  deepEqual(all.slice(0, 2), sampled)
})

test('a topic that is read from the middle is sampled there, and one that nobody made is empty', async t => {
  const place = await Place.in(t)
  const [orders, missing] = [topic<number>('orders'), topic<number>('missing')]
  await place.client.publishAll(orders, upTo(10))
  const report = await place.client.dryRun(pipeline('late', flow => {
    flow.source(orders, { from: { offset: 6 } }).work('pack', () => {})
    flow.source(missing).work('look', () => {})
  }))
  deepEqual(report.sources, { orders: { sampled: 4, total: 4, from: 'all', shape: 'number 6..9' }, missing: { sampled: 0, total: 0, from: 'all', shape: '' } })
})

test('the forecast names the stage that takes the longest and the workers it needs; what limits allow bounds it', async t => {
  const place = await Place.in(t)
  const slow = limit('slow', { concurrency: 2, perSecond: 1_000 })
  const report = await place.client.dryRun(pipeline('two speeds', flow => {
    flow.source('numbers', items(upTo(10_000))).work('quick', n => n).work('bounded', async n => n, { concurrency: 8, limit: slow })
  }), { sample: 20 })
  const { bottleneck, stages, durationMs } = report.forecast
  equal(stages['bounded']!.items, 10_000)
  ok(stages['bounded']!.durationMs! >= 10_000, 'a thousand a second')
  ok(durationMs! >= stages['bounded']!.durationMs!)
  equal(bottleneck!.stage, 'bounded')
  equal(bottleneck!.workers, 2)
  equal(bottleneck!.next!.stage, 'quick')
  ok(bottleneck!.next!.workers > 2)
})

test('how many there are of what cannot be counted is not guessed', async t => {
  const place = await Place.in(t)
  const endless: Source<number> = {
    splits: () => [{ id: 'all' }],
    async *read(_split, from) { for (let n = (from ?? 0) as number; ; n++) yield { item: n, position: n + 1 } },
  }
  const report = await place.client.dryRun(pipeline('endless', flow => { flow.source('numbers', endless).work('look', () => {}) }), { sample: 5 })
  deepEqual(report.sources['numbers'], { sampled: 5, total: undefined, from: undefined, shape: 'number 0..4' })
  equal(report.forecast.durationMs, undefined)
  equal(report.forecast.deadLetters, undefined)
})

test('an item that its source cannot read fails as in a run', async t => {
  const place = await Place.in(t)
  const broken: Source<string> = {
    splits: () => [{ id: 'all' }],
    async *read() {
      yield { item: 'good', position: 1, origin: 'file:1' }
      yield { item: 'bad', position: 2, origin: 'file:2', error: new Error('cannot be read') }
    },
  }
  const report = await place.client.dryRun(pipeline('broken', flow => { flow.source('texts', broken).work('look', () => {}) }))
  deepEqual(report.failures.map(({ reason, count: failed, examples }) => [reason, failed, examples[0]!.origin]), [['schema', 1, 'file:2']])
  match(report.failures[0]!.error, /cannot be read/)
})

test('a dry run that is aborted tells what was done', async t => {
  const place = await Place.in(t)
  const abort = new AbortController()
  const report = await place.client.dryRun(pipeline('stuck', flow => {
    flow.source('numbers', items(upTo(5))).work('wait', (n, { signal }) => {
      if (n < 4) return n
      abort.abort()
      return new Promise<number>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    })
  }), { signal: abort.signal })
  equal(report.outcome, 'stopped')
  deepEqual(report.reasons, ['it was interrupted'])
  equal(report.stages['wait']!.counts.done, 4)
})

test('a wrong sample, and a source that cannot be read, are refused', async t => {
  const place = await Place.in(t)
  const look = (pattern: string) => pipeline('look', flow => { flow.source('texts', lines(pattern)).work('look', () => {}) })
  for (const sample of [0, 1.5, 1e9]) await rejects(place.client.dryRun(look('x'), { sample }), OptionError)
  await rejects(place.client.dryRun(look(place.path('none.txt'))), /no file matches/)
  equal(existsSync(place.path('none.txt')), false)
})
