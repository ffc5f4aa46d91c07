// Dead letters sent back, and what is told of an item afterwards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError, items, pipeline, sum } from '../../src/index.ts'
import { inlineExecutor } from '../../src/executors/inline.ts'
import { withMethods } from '../../src/runtime/noted-log.ts'
import { World } from '../../src/testing/world.ts'
import { listOf, sorted, upTo } from './running.ts'

interface Scene {
  readonly world: World
  readonly client: ReturnType<World['client']>
  readonly calls: string[]
  mended: boolean
}

function scene(): Scene {
  const world = new World()
  return { world, client: world.client(), calls: [], mended: false }
}

function failing(scene: Scene, values: readonly number[], isBad: (n: number) => boolean) {
  return pipeline('test', flow => {
    const numbers = flow.source('numbers', items(values))
    const worked = numbers.work('work', (n, { attempt, id }) => {
      scene.calls.push(`${id} ${attempt}`)
      if (!scene.mended && isBad(n)) throw new PermanentError(`bad ${n % 2 === 0 ? 'even' : 'odd'}`)
      return n
    })
    const copy = numbers.work('copy', n => { scene.calls.push(`copy ${n}`) })
    return { out: worked.work('after', n => n), copy }
  })
}

test('a redrive of a complete run goes on in a second round, and touches no copy', async () => {
  const here = scene()
  const { world, client, calls } = here
  const run = failing(here, upTo(20), n => n < 3)
  const first = await world.until(client.run(run))
  assert.equal(first.outcome, 'completed-with-failures')
  assert.equal((await listOf(first.failures())).length, 3)
  here.mended = true
  calls.length = 0
  assert.deepEqual(await world.until(client.redrive('work')), { redriven: 3 })
  const second = await world.until(client.run(run))
  assert.equal(second.id, first.id)
  assert.equal(second.outcome, 'completed')
  assert.equal(calls.length, 3, calls.join())
  assert.deepEqual(sorted(await listOf(second.read('out'))), upTo(20))
  assert.deepEqual(await listOf(second.failures()), [])
  assert.equal(second.balanced, true)
  world.clock.stop()
})

test('a redrive takes the ids, or the errors, that were asked for', async () => {
  const here = scene()
  const { world, client } = here
  const run = failing(here, upTo(6), () => true)
  const failures = await listOf((await world.until(client.run(run))).failures())
  assert.equal(failures.length, 6)
  assert.deepEqual(await world.until(client.redrive('work', { ids: [failures[0]!.id] })), { redriven: 1 })
  assert.deepEqual(await world.until(client.redrive('work', { error: 'bad odd' })), { redriven: 3 })
  here.mended = true
  const second = await world.until(client.run(run))
  assert.deepEqual(sorted(await listOf(second.read('out'))), [0, 1, 3, 5])
  assert.deepEqual((await listOf(second.failures())).map(({ item }) => item), [2, 4])
  world.clock.stop()
})

test('a redriven item keeps its id and counts its attempts anew', async () => {
  const here = scene()
  const { world, client, calls } = here
  const run = failing(here, [7], () => true)
  await world.until(client.run(run))
  await world.until(client.redrive('work'))
  here.mended = true
  await world.until(client.run(run))
  const own = calls.filter(call => !call.startsWith('copy'))
  assert.equal(own.length, 2)
  assert.equal(own[0], own[1])
  world.clock.stop()
})

test('an item that is sent back to an ordered stage has all its attempts anew, and no more', async () => {
  const world = new World({ timersMax: 20_000 })
  const client = world.client()
  let calls = 0
  const run = pipeline('test', flow => {
    flow.source('numbers', items([1, 2])).keyBy(() => 'one').work('work', n => {
      if (n === 1) {
        calls++
        throw new Error('again and again')
      }
    }, { ordered: true, attempts: 3 })
  })
  await world.until(client.run(run))
  assert.equal(calls, 3)
  await world.until(client.redrive('work'))
  const report = await world.until(client.run(run))
  assert.equal(calls, 6)
  assert.deepEqual((await listOf(report.failures())).map(({ attempts }) => attempts), [3])
  world.clock.stop()
})

test('two redrives at the same time send each item back once', async () => {
  const here = scene()
  const { world, client } = here
  let release = () => {}
  const gate = new Promise<void>(resolve => { release = resolve })
  const slow = pipeline('test', flow => {
    const numbers = flow.source('numbers', items(upTo(5)))
    const worked = numbers.work('work', n => { if (!here.mended) throw new PermanentError('bad'); return n })
    numbers.work('slow', () => gate)
    return { out: worked.work('after', n => n) }
  })
  const running = await world.until(client.begin(slow, {}, false))
  await world.sleep(1_000)
  here.mended = true
  const redriven = await world.until(Promise.all([client.redrive('work'), client.redrive('work')]))
  release()
  const report = await world.until(running.finished)
  assert.equal(redriven.reduce((total, each) => total + each.redriven, 0), 5)
  assert.deepEqual(sorted(await listOf(report.read('out'))), upTo(5))
  assert.equal(report.stages['work']!.failed, 0)
  world.clock.stop()
})

test('what is redriven while the run goes on is done in it, though its stage had ended', async () => {
  const here = scene()
  const { world, client } = here
  let release = () => {}
  const gate = new Promise<void>(resolve => { release = resolve })
  const going = pipeline('test', flow => {
    const numbers = flow.source('numbers', items(upTo(5)))
    const worked = numbers.work('work', n => { if (!here.mended && n < 2) throw new PermanentError('bad'); return n })
    numbers.work('slow', () => gate)
    return { out: worked.work('after', n => n) }
  })
  const running = await world.until(client.begin(going, {}, false))
  await world.sleep(1_000)
  here.mended = true
  assert.deepEqual(await world.until(client.redrive('work')), { redriven: 2 })
  await world.sleep(1_000)
  release()
  const report = await world.until(running.finished)
  assert.equal(report.outcome, 'completed')
  assert.deepEqual(sorted(await listOf(report.read('out'))), upTo(5))
  assert.equal(report.balanced, true)
  world.clock.stop()
})

test('a sum that was given already is put right when its items are redriven while the run goes on', async () => {
  const here = scene()
  const { world, client } = here
  let release = () => {}
  const gate = new Promise<void>(resolve => { release = resolve })
  const summing = pipeline('test', flow => {
    const numbers = flow.source('numbers', items(upTo(5)))
    const worked = numbers.work('work', n => { if (!here.mended && n === 4) throw new PermanentError('bad'); return n })
    numbers.work('slow', () => gate)
    return { sum: worked.reduce('sum', sum(n => n)) }
  })
  const running = await world.until(client.begin(summing, {}, false))
  await world.sleep(1_000)
  here.mended = true
  await world.until(client.redrive('work'))
  await world.sleep(1_000)
  release()
  let report = await world.until(running.finished)
  if (report.outcome === 'stopped') report = await world.until(client.run(summing))
  assert.equal((await listOf(report.read('sum'))).at(-1), 10)
  world.clock.stop()
})

test('an item whose operator failed keeps its id when it is redriven beside others', async () => {
  const here = scene()
  const { world, client } = here
  const ids = new Map<number, Set<string>>()
  const run = pipeline('test', flow => {
    flow.source('numbers', items(upTo(4))).flatMap(n => {
      if (n === 1 && !here.mended) throw new Error('no operator')
      return [n * 10, n * 10 + 1]
    }).work('work', (n, { id }) => {
      ids.set(n, (ids.get(n) ?? new Set()).add(id))
      if (n === 30 && !here.mended) throw new PermanentError('bad')
    })
  })
  await world.until(client.run(run))
  here.mended = true
  await world.until(client.redrive('work'))
  const report = await world.until(client.run(run))
  assert.equal(report.outcome, 'completed')
  assert.deepEqual([...ids.keys()].toSorted((a, b) => a - b), [0, 1, 10, 11, 20, 21, 30, 31])
  for (const [n, own] of ids) assert.equal(own.size, 1, `${n} had the ids ${[...own].join(', ')}`)
  assert.equal(new Set([...ids.values()].flatMap(own => [...own])).size, 8)
  world.clock.stop()
})

test('a trace tells every attempt and every copy of an item', async () => {
  const world = new World()
  const client = world.client()
  let id = ''
  await world.until(client.run(pipeline('test', flow => {
    const numbers = flow.source('numbers', items([1, 2, 3]))
    numbers.work('flaky', (n, { attempt, id: own }) => {
      if (n !== 2) return
      id = own
      if (attempt < 3) throw new Error(`attempt ${attempt}`)
    }).work('after', n => n)
    numbers.work('copy', n => { if (n === 2) throw new PermanentError('not in this copy') })
  })))
  const steps = await world.until(client.trace(id))
  const told = (stage: string) => steps.filter(step => step.stage === stage).map(({ attempt, event }) => `${attempt} ${event.split(',')[0]!.split(':')[0]!}`)
  assert.deepEqual(told('flaky'), ['1 failed', '2 failed', '3 done'])
  assert.deepEqual(told('copy'), ['1 failed for good'])
  assert.deepEqual(told('after'), ['1 done'])
  world.clock.stop()
})

test('a sink that had ended is told of the end of each round', async () => {
  const world = new World()
  const client = world.client()
  const told: string[] = []
  const [firstEnd, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isMended = false
  const run = pipeline('test', flow => {
    const numbers = flow.source('numbers', items(upTo(3)))
    numbers.work('work', n => {
      if (n === 1 && !isMended) throw new PermanentError('bad')
      return n
    }).to({
      name: 'sink',
      write: async chunk => void told.push(`wrote ${chunk.items.length}`),
      finish: async () => {
        told.push('finished')
        firstEnd.resolve()
      },
    })
    // Keeps the run going on meanwhile.
    numbers.work('slow', () => slow.promise)
  })
  const running = await world.until(client.begin(run, {}, false))
  await world.until(firstEnd.promise)
  isMended = true
  assert.deepEqual(await world.until(client.redrive('work')), { redriven: 1 })
  for (let waits = 0; waits < 1_000 && told.length < 4; waits++) await world.sleep(10)
  slow.resolve()
  assert.equal((await world.until(running.finished)).outcome, 'completed')
  assert.deepEqual(told, ['wrote 2', 'finished', 'wrote 1', 'finished'])
  world.clock.stop()
})

test('what is sent back while the run is just ending stays a dead letter', async () => {
  const world = new World()
  let redriven: number | undefined
  const client = world.client(world.process(), {
    executorFor: ({ worker }, capacity) => {
      const executor = inlineExecutor(worker as never, capacity)
      // The end is decided, and nothing of it is in the log yet.
      return { capacity, start: task => executor.start(task), close: async () => { redriven ??= (await client.redrive('work')).redriven } }
    },
  })
  const run = pipeline('test', flow => {
    flow.source('numbers', items(upTo(5))).work('work', n => { if (n === 3) throw new PermanentError('bad') })
  })
  const report = await world.until(client.run(run))
  assert.equal(redriven, 0)
  assert.equal(report.outcome, 'completed-with-failures')
  assert.equal(report.balanced, true)
  assert.deepEqual((await listOf(report.failures())).map(({ item }) => item), [3])
  world.clock.stop()
})

/** Of a stage that gives its sum at the end, and an operator before it that fails. */
function summing(scene: Scene) {
  return pipeline('test', flow => ({
    sum: flow.source('numbers', items(upTo(5))).map(n => { if (n === 4 && !scene.mended) throw new PermanentError('bad'); return n }).reduce('sum', sum(n => n)),
  }))
}

test('a sum is put right where its item is sent back after the sum was given, and before its stage has ended', async () => {
  const here = scene()
  const { world } = here
  const { log, clock } = world.process()
  let redriven: number | undefined
  const client = world.client({
    clock,
    log: withMethods(log, {
      get: async (store, keys) => {
        const found = await log.get(store, keys)
        if (!store.includes('/emitted/') || found.length === 0 || here.mended) return found
        here.mended = true
        redriven = (await client.redrive('sum')).redriven
        return found
      },
    }),
  })
  const report = await world.until(client.run(summing(here)))
  assert.equal(redriven, 1)
  assert.equal(report.outcome, 'completed')
  assert.equal((await listOf(report.read('sum'))).at(-1), 10)
  world.clock.stop()
})

test('nor does it matter that its process died in between', async () => {
  const here = scene()
  const { world } = here
  const process = world.process()
  const { log, clock } = process
  const client = world.client({
    clock,
    log: withMethods(log, {
      commit: async given => {
        const appended = await log.commit(given)
        if (given.state.some(({ store }) => store.includes('/emitted/'))) process.crash()
        return appended
      },
    }),
  })
  const died = client.run(summing(here))
  died.catch(() => {})
  assert.equal(await world.until(process.gone), 'died')
  here.mended = true
  const next = world.client()
  assert.deepEqual(await world.until(next.redrive('sum')), { redriven: 1 })
  const report = await world.until(next.run(summing(here)))
  assert.equal(report.outcome, 'completed')
  assert.equal((await listOf(report.read('sum'))).at(-1), 10)
  world.clock.stop()
})

test('an item that an operator failed is counted as what becomes of it when it is sent back: several, or nothing', async () => {
  const here = scene()
  const { world, client } = here
  const run = pipeline('test', flow => {
    const numbers = flow.source('numbers', items([1, 2, 3])).map(n => {
      if (n < 3 && !here.mended) throw new PermanentError('bad')
      return n
    })
    return { parts: numbers.filter(n => n !== 1).flatMap(n => [n, -n]).work('work', n => n) }
  })
  assert.equal((await world.until(client.run(run))).stages['work']!.failed, 2)
  here.mended = true
  await world.until(client.redrive('work'))
  const report = await world.until(client.run(run))
  assert.deepEqual(sorted(await listOf(report.read('parts'))), [-3, -2, 2, 3])
  const { in: read, done, dropped, failed, out } = report.stages['work']!
  assert.deepEqual({ read, done, dropped, failed, out }, { read: 3, done: 4, dropped: 1, failed: 0, out: 4 })
  // What is done, failed or waits is held against what operators made of the items.
  assert.equal(JSON.parse((await world.process().log.get(`${report.id}/counters`, ['work']))[0]!.value).units, 4)
  world.clock.stop()
})

test('what is sent back while the result of its stage is being read, and fails again, is counted', async () => {
  const world = new World({ isVirtual: true })
  const { log, clock } = world.process()
  const wait = (ms: number) => new Promise<void>(resolve => clock.after(ms, resolve))
  let redriven: number | undefined
  const client = world.client({
    clock,
    log: withMethods(log, {
      get: async (store, keys) => {
        if (store.includes('/emitted/') && redriven === undefined) {
          redriven = (await client.redrive('sum')).redriven
          await wait(1_000)
        }
        return log.get(store, keys)
      },
      commit: async given => {
        // The result is there before it is stored that the item has failed again.
        if (given.appends.some(({ topic }) => topic.endsWith('/dead-letters')) && redriven === 1) await wait(5_000)
        return log.commit(given)
      },
    }),
  })
  const report = await world.until(client.run(pipeline('test', flow => ({
    sum: flow.source('numbers', items(upTo(5))).map(n => { if (n === 4) throw new PermanentError('bad'); return n }).reduce('sum', sum(n => n)),
  }))))
  assert.equal(redriven, 1)
  assert.equal((await listOf(report.failures())).length, 1)
  assert.equal(report.stages['sum']!.failed, 1)
  assert.equal(JSON.parse((await log.get(`${report.id}/counters`, ['sum']))[0]!.value).failed, 2)
  world.clock.stop()
})
