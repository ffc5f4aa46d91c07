// A reduce over splits, mapped in threads, against the same reduce item by item. SHUFFLE_SEEDS=1000 tries more pipelines.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { count, pipeline } from 'batchwork'
import { differing, dying, failing, made, random, shared, type Settings } from './fixtures/pipelines.ts'
import { clientOn } from '../../src/client/client.ts'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { withMethods } from '../../src/runtime/noted-log.ts'
import { itemByItem, Store } from './running.ts'

const seeds = Number(process.env['SHUFFLE_SEEDS'] ?? 3)

type Ran = Awaited<ReturnType<Store['run']>>

function counted({ stages }: Ran) {
  return Object.fromEntries(Object.entries(stages).map(([name, counts]) => [name, { ...counts }]))
}

function failuresOf({ failures }: Ran): readonly string[] {
  return failures.map(({ id, item, reason, error, origin }) => JSON.stringify([id, item, reason, error.message, origin])).toSorted()
}

const sortedTexts = (values: readonly unknown[]) => values.map(value => JSON.stringify(value)).toSorted()

/** Of several rounds the last of a key is the one that holds. */
function lastByKey(results: readonly unknown[]): ReadonlyMap<unknown, unknown> {
  return new Map(results.map(each => [(each as { readonly key: unknown }).key, each]))
}

async function runWith(settings: Settings, ...rest: unknown[]): Promise<Ran> {
  using store = new Store()
  const ran = await store.run(random, settings, rest[0] as never)
  assert.deepEqual(store.messages, [])
  return ran
}

suite('splits mapped in threads', { concurrency: 1 }, () => {
  test('give what the same reduce gives item by item, with any number of threads and any memory', async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const single = await runWith({ seed }, itemByItem)
      let first: Ran | undefined
      for (const [threads, memory] of [[1, undefined], [1 + (seed % 4), undefined], [2, '8KB']] as const) {
        const ran = await runWith({ seed, threads, ...(memory && { memory }) })
        const what = `seed ${seed}, ${threads} threads, memory ${memory}`
        assert.deepEqual(sortedTexts(ran.results), sortedTexts(single.results), what)
        assert.deepEqual(failuresOf(ran), failuresOf(single), what)
        assert.deepEqual(counted(ran), counted(single), what)
        assert.ok(ran.balanced, what)
        if (memory === undefined) assert.deepEqual(ran.results, (first ??= ran).results, what)
      }
    }
  })

  test('are mapped in threads and not on the main one', async () => {
    using store = new Store()
    const notes = join(store.path, 'notes')
    await store.run(random, { seed: 1, notes } satisfies Settings)
    assert.deepEqual(new Set(readFileSync(notes, 'utf8').trim().split('\n').map(line => line.split(' ')[0])), new Set(['thread']))
  })

  test('leave no run files when the run completed, and keep them while items may be redriven', async () => {
    using store = new Store()
    const mended = join(store.path, 'mended')
    const settings: Settings = { seed: 3, notes: mended }
    const broken = await store.run(failing, settings)
    assert.equal(broken.outcome, 'completed-with-failures')
    assert.ok(store.files.length > 0)
    const operators = broken.failures.filter(({ error }) => error.message.startsWith('no second word'))
    const reducers = broken.failures.filter(({ error }) => error.message.startsWith('no third word'))
    assert.ok(operators.length > 0 && reducers.length > 0)
    assert.match(operators[0]!.origin, /^made \d:\d+$/)
    writeFileSync(mended, '')
    const { redriven } = await store.inClient(client => client.redrive('reduced', { error: 'word' }))
    assert.equal(redriven, operators.length + reducers.length)
    const again = await store.run(failing, settings)
    using clean = new Store()
    const whole = await clean.run(failing, settings)
    assert.deepEqual(lastByKey(again.results), lastByKey(whole.results))
    assert.deepEqual(counted(again)['reduced']!.done, counted(whole)['reduced']!.done)
    assert.equal(again.failures.length, whole.failures.length)
    using without = new Store()
    await without.run(random, { seed: 1, items: 3, splits: 2 } satisfies Settings)
    assert.deepEqual(without.files, [])
  })

  test('give results that hold where items are sent back while results are being given', async () => {
    using store = new Store()
    const mended = join(store.path, 'mended')
    const settings: Settings = { seed: 3, notes: mended }
    const added = Promise.withResolvers<void>()
    let redriven = 0
    const log = await openEmbedded(join(store.path, 'store'), { durability: 'relaxed' })
    await using client = clientOn(withMethods(log, {
      // All sums were read, and none is given yet.
      get: async (name, keys) => {
        const found = await log.get(name, keys)
        if (!name.includes('/emitted/') || !keys[0]!.endsWith('/groups') || redriven > 0) return found
        writeFileSync(mended, '')
        redriven = (await client.redrive('reduced', { error: 'word' })).redriven
        await added.promise
        return found
      },
      commit: async given => {
        const appended = await log.commit(given)
        if (given.state.some(({ store: name }) => name.includes('/sums/'))) added.resolve()
        return appended
      },
    }))
    const report = await client.run(failing, { params: settings })
    assert.ok(redriven > 0)
    using clean = new Store()
    const whole = await clean.run(failing, settings)
    const results: unknown[] = []
    for await (const result of report.read('results' as never)) results.push(result)
    assert.deepEqual(lastByKey(results), lastByKey(whole.results))
  })

  test('tell of an item by the split that it was mapped with', async () => {
    using store = new Store()
    await store.run(shared, { seed: 1 } satisfies Settings)
    const steps = await store.inClient(client => client.trace('made:2:17'))
    assert.deepEqual(new Set(steps.map(({ event }) => event)), new Set(['mapped with its part of the source']))
    assert.deepEqual(await store.inClient(client => client.trace('made:2:300')), [])
  })

  test('are listed once and not stored where several such reduces read them', async () => {
    using store = new Store()
    const ran = await store.run(shared, { seed: 1 } satisfies Settings)
    assert.deepEqual(Object.keys(ran.stages), ['by word', 'of all'])
    assert.equal(ran.stages['by word']!.in, ran.stages['of all']!.in)
  })

  test('are mapped once more in another thread when one ends', async () => {
    using store = new Store()
    const once = join(store.path, 'once')
    const ran = await store.run(dying, { seed: 2, notes: once } satisfies Settings)
    assert.ok(existsSync(once))
    using other = new Store()
    const undisturbed = await other.run(dying, { seed: 2, notes: once } satisfies Settings)
    assert.deepEqual(ran.results, undisturbed.results)
    assert.deepEqual(counted(ran), counted(undisturbed))
  })

  test('end the run with the name of the split that ends its thread again', async () => {
    using store = new Store()
    await assert.rejects(store.run(dying, { seed: 2 } satisfies Settings), { code: 'CRASHED', message: /split '2' of 'made' ended 2 times.*exited with code 3/ })
  })

  test('are refused where a thread builds another plan', async () => {
    using store = new Store()
    await assert.rejects(store.run(differing, { seed: 1 } satisfies Settings), { code: 'PLAN_DIFFERS', message: /'reduced'.*differs between threads/ })
  })

  test('are mapped on the main thread, which is said once, where no thread can import the pipeline', async () => {
    using store = new Store()
    const local = pipeline('local', flow => ({ results: flow.source('made', made({ seed: 1 })).keyBy(({ word }) => word).reduce('reduced', count()) }))
    const ran = await store.run(local)
    assert.equal(store.messages.length, 1)
    assert.match(store.messages[0]!, /'reduced' maps and reduces on the main thread alone.*Export the pipeline/)
    assert.deepEqual(sortedTexts(ran.results), sortedTexts((await runHere(local)).results))
  })
})

async function runHere(local: Parameters<Store['run']>[0]): Promise<Ran> {
  using store = new Store()
  return store.run(local, undefined, itemByItem)
}
