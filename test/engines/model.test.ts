// Random sequences of calls on two processes of one log, against the reference: whatever is called in whatever order, both hold the same.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Append, Log, Progress, StateChange } from '../../src/log.ts'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { FencedError, LogError } from '../../src/model/errors.ts'
import type { LogEngine } from '../../src/testing/log-conformance.ts'
import { append, commit, Scene, uniqueAppend, valuesOf, type Owned } from '../../src/testing/log-conformance/scene.ts'
import { kafkaLikeEngine, memoryEngine } from './memory-engine.ts'
import { Reference, type ReferenceAppend } from './reference.ts'

const topic = 'orders'
const partitions = 2
const subscriptions = ['billing', 'ünï']

const partition = fc.nat(partitions - 1)
const anAppend = fc.record({ partition, values: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'é', '😀'), { minLength: 1, maxLength: 4 }), isUnique: fc.boolean() })
const aProgress: fc.Arbitrary<Progress> = fc.record({
  topic: fc.constant(topic), partition, subscription: fc.constantFrom(...subscriptions), mark: fc.nat(50),
  done: fc.constantFrom([], [[60, 70]], [[60, 61], [70, 72]]) as fc.Arbitrary<Progress['done']>, note: fc.option(fc.json({ maxDepth: 1 }), { nil: undefined }),
})
const aChange: fc.Arbitrary<StateChange> = fc.record({
  store: fc.constant('sums'), key: fc.constantFrom('', 'a', 'b', 'Z', '｡', '😀'), value: fc.option(fc.json({ maxDepth: 1 }), { nil: null }),
})
const parts = { appends: fc.array(anAppend, { maxLength: 3 }), progress: fc.array(aProgress, { maxLength: 2 }), state: fc.array(aChange, { maxLength: 3 }) }

const call = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), process: fc.nat(1), append: anAppend }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), ...parts }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refused commit' as const), why: fc.constantFrom('unknown topic', 'former epoch'), ...parts }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take over' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('open again' as const) }) },
)
type Call = typeof call extends fc.Arbitrary<infer Kind> ? Kind : never

class Run {
  readonly #scene: Scene
  readonly #reference = new Reference(partitions)
  readonly #logs: Log[] = []
  #owner = 0
  #owned!: Owned

  constructor(scene: Scene) {
    this.#scene = scene
  }

  async start(): Promise<void> {
    this.#logs.push(await this.#scene.with(topic, partitions), await this.#scene.open())
    this.#owned = await this.#scene.own(this.#logs[0]!, [topic])
  }

  async make(made: Call): Promise<void> {
    if (made.kind === 'append') {
      const { duplicates } = await this.#logs[made.process]!.append(appendOf(made.append))
      assert.deepEqual(duplicates, this.#reference.append(made.append))
    } else if (made.kind === 'commit') {
      const results = await commit(this.#log, this.#owned.held, { appends: made.appends.map(appendOf), progress: made.progress, state: made.state })
      assert.deepEqual(results.map(({ duplicates }) => duplicates), this.#reference.commit(made.appends, made.progress, made.state))
    } else if (made.kind === 'refused commit') {
      await this.#refuse(made)
    } else {
      await this.#owned.membership.leave()
      if (made.kind === 'open again') await this.#openAgain()
      else this.#owner = 1 - this.#owner
      this.#owned = await this.#scene.own(this.#log, [topic])
    }
  }

  async compare(): Promise<void> {
    for (const [index, items] of this.#reference.items.entries()) {
      const chunks = await this.#scene.read(this.#log, { topic, partition: index }, items.length)
      assert.deepEqual(valuesOf(chunks), items)
      for (const [at, { offset, count }] of chunks.entries()) {
        for (let item = 0; item < count; item++) assert.deepEqual(await this.#log.read({ topic, partition: index }, offset + item, { chunks: 2 }), chunks.slice(at, at + 2))
      }
    }
    for (const subscription of subscriptions) {
      const found = (await this.#log.progress(subscription)).toSorted((left, right) => left.partition - right.partition)
      assert.deepEqual(found.map(plain), this.#reference.progress(subscription).map(plain))
    }
    assert.deepEqual(await this.#log.scan('sums'), this.#reference.state)
  }

  get #log(): Log {
    return this.#logs[this.#owner]!
  }

  async #refuse({ why, appends, progress, state }: Call & { kind: 'refused commit' }): Promise<void> {
    const isStale = why === 'former epoch'
    const all = [...appends.map(appendOf), ...isStale ? [] : [append({ topic: 'unknown', partition: 0 }, 'x')]]
    const epoch = this.#owned.held.epoch - (isStale ? 1 : 0)
    await assert.rejects(this.#log.commit({ epoch, appends: all, progress, state }), isStale ? FencedError : LogError)
  }

  async #openAgain(): Promise<void> {
    await this.#log.close()
    this.#logs[this.#owner] = await this.#scene.open()
  }
}

function appendOf({ partition: number, values, isUnique }: ReferenceAppend): Append {
  const id = { topic, partition: number }
  return isUnique ? uniqueAppend(id, values) : append(id, ...values)
}

function plain({ topic: name, partition: number, subscription, mark, done, note }: Progress) {
  return { topic: name, partition: number, subscription, mark, done, note }
}

async function holds(engine: LogEngine, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(fc.array(call, { maxLength: 30 }), calls => Scene.run(engine, async scene => {
    const run = new Run(scene)
    await run.start()
    for (const made of calls) await run.make(made)
    await run.compare()
  }))
  await fc.assert(property, { numRuns, seed: 1 })
}

void test('the simulated log holds what the reference holds', () => holds(memoryEngine('memory'), 500))

void test('the simulated log with gaps holds what the reference holds', () => holds(memoryEngine('memory with gaps', { gaps: true, ownership: 'group' }), 300))

void test('the simulated log like Kafka holds what the reference holds', () => holds(kafkaLikeEngine(1), 100))

void test('the embedded log holds what the reference holds', async () => {
  const create = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batchwork-model-'))
    return { open: () => openEmbedded(folder), remove: () => rm(folder, { recursive: true }) }
  }
  await holds({ name: 'embedded', create }, 8)
})
