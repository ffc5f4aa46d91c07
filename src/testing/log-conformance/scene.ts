// What the cases share: processes on one fresh storage, short ways to write and read, and patience with engines that take their time.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Append, Appended, Commit, Log, Membership, PartitionId, StoredChunk } from '../../log.ts'
import { decodeItems, encodeItems } from '../../model/items.ts'
import { Names } from '../../model/names.ts'
import type { LogEngine, LogFixture } from './engine.ts'
import { Held } from './held.ts'

const pauseMs = 5

export interface Owned {
  readonly held: Held
  readonly membership: Membership
}

export class Scene {
  readonly fixture: LogFixture
  readonly #patienceMs: number
  readonly #logs: Log[] = []

  private constructor(fixture: LogFixture, patienceMs: number) {
    this.fixture = fixture
    this.#patienceMs = patienceMs
  }

  static async run(engine: LogEngine, act: (scene: Scene) => Promise<void>): Promise<void> {
    const scene = new Scene(await engine.create(), engine.patienceMs ?? 10_000)
    try {
      await act(scene)
    } finally {
      await Promise.all(scene.#logs.map(log => log.close()))
      await scene.fixture.remove()
    }
  }

  async open(): Promise<Log> {
    const log = await this.fixture.open()
    this.#logs.push(log)
    return log
  }

  /** A log with one topic. */
  async with(topic: string, partitions = 1, subscriptions: readonly string[] = []): Promise<Log> {
    const log = await this.open()
    await log.createTopics([{ name: topic, partitions, subscriptions }])
    return log
  }

  /** Joins, and waits until every partition is its own. */
  async own(log: Log, topics: readonly string[], group = 'group'): Promise<Owned> {
    const held = new Held()
    const membership = await log.join(group, topics, held)
    const infos = await log.topics()
    const all = infos.filter(({ name }) => topics.includes(name)).reduce((sum, { partitions }) => sum + partitions, 0)
    await this.eventually(`all ${all} partitions are assigned`, () => held.partitions.length === all)
    return { held, membership }
  }

  /** Waits until `probe` holds. */
  async eventually(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + this.#patienceMs
    while (!(await probe())) {
      assert.ok(performance.now() < deadline, `it never came to this: ${what}`)
      await pause(pauseMs)
    }
  }

  /** Lets this much of the engine's time pass. */
  async pass(ms: number): Promise<void> {
    if (this.fixture.advance) await this.fixture.advance(ms)
    else await pause(ms)
  }

  /** All chunks from `from` on, read one by one, as soon as they hold this many items. */
  async read(log: Log, id: PartitionId, items: number, from = 0): Promise<readonly StoredChunk[]> {
    let chunks: readonly StoredChunk[] = []
    await this.eventually(`${items} items are readable in ${id.topic}:${id.partition}`, async () => {
      chunks = await readToEnd(log, id, from)
      return valuesOf(chunks).length >= items
    })
    return chunks
  }

  /** Asserts what a partition holds, in order. A last item is appended first: once that is readable, so is all that came before it. */
  async assertHolds(log: Log, id: PartitionId, expected: readonly unknown[]): Promise<void> {
    await log.append(append(id, 'the last item'))
    let values: readonly unknown[] = []
    await this.eventually(`the last item of ${id.topic}:${id.partition} is readable`, async () => {
      values = valuesOf(await readToEnd(log, id))
      return values.at(-1) === 'the last item'
    })
    assert.deepEqual(values.slice(0, -1), expected)
  }
}

export async function readToEnd(log: Log, id: PartitionId, from = 0): Promise<readonly StoredChunk[]> {
  const all: StoredChunk[] = []
  for (let next = from; ;) {
    const chunks = await log.read(id, next)
    if (chunks.length === 0) return all
    all.push(...chunks)
    assert.ok(chunks.at(-1)!.next > next, `reading from ${next} must come further, not to ${chunks.at(-1)!.next}`)
    next = chunks.at(-1)!.next
  }
}

export function append({ topic, partition }: PartitionId, ...values: readonly unknown[]): Append {
  return { topic, partition, chunk: encodeItems({ values }) }
}

/** Items whose values are their ids. */
export function uniqueAppend({ topic, partition }: PartitionId, ids: readonly string[], forMs = 3_600_000): Append {
  return { topic, partition, chunk: encodeItems({ values: ids, ids: Names.of(ids) }), unique: { ids, forMs } }
}

export function valuesOf(chunks: readonly StoredChunk[]): readonly unknown[] {
  return chunks.flatMap(chunk => {
    const { values } = decodeItems(chunk)
    assert.equal(chunk.count, values.length, `the chunk at ${chunk.offset} must count its items`)
    return values
  })
}

export function commit(log: Log, held: Held, parts: Partial<Commit>): Promise<readonly Appended[]> {
  return log.commit({ epoch: held.epoch, appends: [], progress: [], state: [], ...parts })
}
