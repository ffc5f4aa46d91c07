// Chunks of items: chunk workers, sinks, and the search for the bad item among good ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError, RetryLater, inChunks, items, pipeline, topic, type Sink, type SinkChunk } from '../../src/index.ts'
import { World } from '../../src/testing/world.ts'
import { runNumbers, sorted, upTo, worldWithClient } from './running.ts'

/** Runs numbers into a real sink. */
async function into(sink: Sink<number>, values: readonly number[]) {
  const world = new World()
  const report = await world.until(world.client().run(pipeline('test', flow => { flow.source('numbers', items(values)).to(sink) })))
  const failures = []
  for await (const failure of report.failures()) failures.push(failure)
  world.clock.stop()
  return { report, failures }
}

test('a chunk worker gets chunks of its size, and its results go on in order', async () => {
  const sizes: number[] = []
  const { outputs } = await runNumbers(upTo(23), numbers => ({ out: numbers.work('work', inChunks((given: readonly number[]) => { sizes.push(given.length); return given.map(n => n * 2) }, { size: 10 })) }))
  assert.deepEqual(sizes, [10, 10, 3])
  assert.deepEqual(outputs.out, upTo(23).map(n => n * 2))
})

test('one bad item of a failing chunk is found by halving, and the others are done once', async () => {
  let calls = 0
  const done: number[] = []
  const { failures } = await runNumbers(upTo(64), numbers => {
    numbers.work('work', inChunks((given: readonly number[]) => {
      calls++
      if (given.includes(37)) throw new PermanentError('a bad chunk')
      done.push(...given)
    }, { size: 64 }))
  })
  assert.deepEqual(failures.map(({ item }) => item), [37])
  assert.deepEqual(sorted(done), upTo(64).filter(n => n !== 37))
  assert.ok(calls <= 2 * Math.log2(64) + 4, `${calls} calls`)
})

test('where the first and the last item of a chunk are bad, the others are done all the same', async () => {
  const { outputs, failures } = await runNumbers(upTo(9), numbers => ({
    out: numbers.work('work', inChunks((given: readonly number[]) => {
      if (given.includes(0) || given.includes(8)) throw new PermanentError('there is a bad one among them')
      return [...given]
    }, { size: 9 })),
  }))
  assert.deepEqual(sorted(failures.map(({ item }) => item as number)), [0, 8])
  assert.deepEqual(sorted(outputs.out), upTo(9).slice(1, -1))
})

test('a chunk worker fails one item by its outcome', async () => {
  const { outputs, failures } = await runNumbers(upTo(6), numbers => ({
    out: numbers.work('work', inChunks((given: readonly number[], { items: metas }) => given.map((n, index) => {
      if (n === 2) return new PermanentError('not 2')
      if (n === 3 && metas[index]!.id && !seen.has(n)) {
        seen.add(n)
        return new RetryLater('later', { after: '1m' })
      }
      return n
    }))),
  }))
  assert.deepEqual(failures.map(({ item, reason }) => [item, reason]), [[2, 'permanent']])
  assert.deepEqual(sorted(outputs.out), [0, 1, 3, 4, 5])
})
const seen = new Set<number>()

test('a sink that refuses one item gets all the others', async () => {
  const written: number[] = []
  const { failures, report } = await into({
    name: 'picky',
    write: async chunk => {
      if (chunk.items.includes(5)) throw new PermanentError('not 5')
      written.push(...chunk.items)
    },
  }, upTo(20))
  assert.deepEqual(failures.map(({ item }) => item), [5])
  assert.deepEqual(sorted(written), upTo(20).filter(n => n !== 5))
  assert.equal(report.stages['picky']!.done, 19)
})

/** Runs into a sink what waits in a topic, several chunks of it. */
async function fromTopicInto(sink: Sink<number>, values: readonly number[]) {
  const numbers = topic<number>('numbers')
  const world = new World()
  const client = world.client()
  await world.until(client.publishAll(numbers, values))
  const report = await world.until(client.run(pipeline('test', flow => { flow.source(numbers).to(sink) })))
  const failed: unknown[] = []
  for await (const { item } of report.failures()) failed.push(item)
  world.clock.stop()
  return { report, failed }
}

test('a sink is given chunks that wait together, with what is known of each item', async () => {
  const sizes: number[] = []
  const written = new Map<number, string>()
  const { report } = await fromTopicInto({
    name: 'file',
    write: async ({ items: given, offsets, ranges, meta }) => {
      sizes.push(given.length)
      assert.deepEqual(ranges, [[offsets[0], offsets.at(-1)! + 1]])
      given.forEach((n, index) => { written.set(n, `${offsets[index]} ${meta[index]!.id} ${meta[index]!.origin}`) })
    },
  }, upTo(12_500))
  assert.deepEqual(sizes, [10_000, 2_500])
  assert.deepEqual([...written.values()], upTo(12_500).map(n => `${n} numbers:1:${n} numbers:1:${n}`))
  assert.deepEqual([report.stages['file']!.done, report.balanced], [12_500, true])
})

test('where several chunks are refused together, only the bad item is', async () => {
  const written: number[] = []
  const { failed, report } = await fromTopicInto({
    name: 'picky',
    write: async ({ items: given }) => {
      if (given.includes(2_500)) throw new PermanentError('not 2,500')
      written.push(...given)
    },
  }, upTo(6_000))
  assert.deepEqual(failed, [2_500])
  assert.deepEqual(sorted(written), upTo(6_000).filter(n => n !== 2_500))
  assert.deepEqual([report.stages['picky']!.done, report.balanced], [5_999, true])
})

test('a sink of lines is given the text that is stored, until the items are asked for', async () => {
  const texts: (string | undefined)[] = []
  await fromTopicInto({ name: 'lines', takesLines: true, write: async chunk => { texts.push(chunk.lines) } }, upTo(3))
  const { world, client } = worldWithClient()
  await world.until(client.run(pipeline('test', flow => {
    flow.source('numbers', items(upTo(3))).work('work', n => ({ text: `${n},\n` })).to({
      name: 'lines',
      takesLines: true,
      write: async chunk => { texts.push(chunk.lines, JSON.stringify(chunk.items), chunk.lines) },
    })
  })))
  world.clock.stop()
  const stored = upTo(3).map(n => ({ text: `${n},\n` }))
  assert.deepEqual(texts, [undefined, stored.map(each => `${JSON.stringify(each)}\n`).join(''), JSON.stringify(stored), undefined])
})

test('a sink that fails for a while gets everything when it is back', async () => {
  let calls = 0
  const written: number[] = []
  const { failures, report } = await into({
    name: 'away',
    write: async chunk => {
      if (calls++ < 10) throw new Error('connection refused')
      written.push(...chunk.items)
    },
  }, upTo(50))
  assert.deepEqual(failures, [])
  assert.deepEqual(sorted(written), upTo(50))
  assert.equal(report.outcome, 'completed')
})

test('a sink that fails for ever is asked a bounded number of times', async () => {
  let calls = 0
  const { failures } = await into({ name: 'gone', write: async () => { calls++; throw new Error('gone') } }, upTo(100))
  assert.equal(failures.length, 100)
  assert.ok(calls <= 8 * 4, `${calls} calls`)
})

test('a sink finishes once, after its last write', async () => {
  const events: string[] = []
  await into({ name: 'file', write: async () => { events.push('write') }, finish: async outcome => { events.push(`finish ${outcome}`) } }, upTo(3_000))
  assert.equal(events.at(-1), 'finish completed')
  assert.equal(events.filter(event => event.startsWith('finish')).length, 1)
})

test('all or nothing: what a sink commits at its end passes on only then', async () => {
  const events: string[] = []
  const world = new World()
  const sink = { name: 'table', commit: 'run', write: async () => { events.push('write') }, finish: async () => { events.push('finish') } }
  await world.until(world.client().run(pipeline('test', flow => {
    flow.source('numbers', items(upTo(2_500))).to(sink).work('after', () => { if (events.at(-1) !== 'after') events.push('after') })
  })))
  world.clock.stop()
  assert.deepEqual([...new Set(events)], ['write', 'finish', 'after'])
  assert.equal(events.indexOf('after') > events.indexOf('finish'), true)
})

test('ranges and offsets of a sink cover each item once, and the epoch rises with each owner', async () => {
  const offsets: string[] = []
  const epochs: number[] = []
  const values = upTo(40)
  for (let commit = 0; commit < 8; commit++) {
    const world = new World({ crashAt: { commit, when: 'after' } })
    const written = new Map<string, number>()
    const sink: Sink<number> = { name: 'file', write: async chunk => { chunk.offsets.forEach((offset, index) => written.set(`${chunk.partition}:${offset}`, chunk.items[index]!)); epochs.push(chunk.epoch) } }
    const sinking = pipeline('test', flow => { flow.source('numbers', items(values)).work('work', n => n).to(sink) })
    const process = world.process()
    const first = world.client(process).run(sinking)
    first.catch(() => {})
    if ((await world.until(Promise.race([first, process.gone]))) === 'died') await world.until(world.client().run(sinking))
    world.clock.stop()
    assert.deepEqual(sorted([...written.values()]), values, `with a crash after commit ${commit}`)
    offsets.push(...written.keys())
  }
  assert.ok(Math.max(...epochs) > Math.min(...epochs))
})

test('a sink that keeps a chunk finds the items in it later', async () => {
  const kept: SinkChunk<number>[] = []
  await into({ name: 'keeping', async write(chunk) { kept.push(chunk) } }, upTo(3))
  assert.deepEqual(kept.flatMap(({ items: given }) => given), [0, 1, 2])
})
