// The pipeline of a shape for shared runs. Each working stage adds to the number, so that a value tells the item and the way it came.
import { count, inChunks, items, limit, pipeline, sum, topic, type Pipeline, type Sink, type SinkChunk, type Stream, type Topic } from '../../src/index.ts'
import { nothingDelivered, undelivered, withChunk, type Delivered } from '../../src/sinks/delivered.ts'
import type { Clock } from '../../src/clock.ts'
import type { Random } from '../../src/reducers/seeded-random.ts'
import type { SharedShape, Step } from './shared-shape.ts'

export interface SharedPipeline {
  readonly pipeline: Pipeline<any, any>
  readonly published: Topic<number>
  readonly sink: KeepingSink
  /** Most that were at work under the common limit at once, in all processes. */
  readonly atOnceMax: () => number
  /** Of one key, in one stage that takes them one by one. */
  readonly atOnceByKeyMax: () => number
  readonly isMended: () => boolean
  /** From now on nothing fails. */
  mend(): void
}

export const valueStep = 1_000
export const limitedTo = 2
export const onwardTopic = 'onward'

const keyOf = (value: number): number => value % 3
/** Which item a value was made of. */
export const itemOf = (value: number): number => value % valueStep

/** Stores beside what it has how far each subscription is, as sinks do that say exactly once. */
export class KeepingSink implements Sink<number> {
  readonly name = 'sink'
  readonly values: number[] = []
  readonly #pause: () => Promise<void>
  readonly #delivered = new Map<string, Delivered>()
  /** How much there was at each end that it was told of. */
  readonly finishedAt: number[] = []

  constructor(pause: () => Promise<void>) {
    this.#pause = pause
  }

  async write(chunk: SinkChunk<number>): Promise<void> {
    await this.#pause()
    const key = `${chunk.subscription}:${chunk.partition}`
    const before = this.#delivered.get(key) ?? nothingDelivered
    this.values.push(...undelivered(chunk, before))
    this.#delivered.set(key, withChunk(chunk, before))
  }

  async finish(): Promise<void> {
    this.finishedAt.push(this.values.length)
  }
}

export function sharedPipeline(shape: SharedShape, { random, clock }: { readonly random: Random; readonly clock: Clock }): SharedPipeline {
  const { slowMs, isFlaky, concurrency } = shape
  const poisons = new Set(shape.poisons)
  const failed = new Set<string>()
  let isMended = false
  let [atOnce, atOnceMax, atOnceByKeyMax] = [0, 0, 0]
  const atOnceByKey = new Map<string, number>()
  const pause = async () => { if (slowMs > 10) await new Promise<void>(resolve => void clock.after(slowMs * random(), resolve)) }
  const worker = (stage: string) => async (value: number) => {
    await pause()
    const item = itemOf(value)
    if (stage === 'first' && poisons.has(item) && !isMended) throw new Error('poison')
    if (isFlaky && item % 7 === 0 && !failed.has(`${stage}:${item}`)) {
      failed.add(`${stage}:${item}`)
      throw new Error('flaky')
    }
    return value + valueStep
  }
  const limited = (stage: string) => async (value: number) => {
    atOnceMax = Math.max(atOnceMax, ++atOnce)
    try {
      return await worker(stage)(value)
    } finally {
      atOnce--
    }
  }
  const perKey = (stage: string) => async (value: number) => {
    const key = `${stage}:${keyOf(value)}`
    const atOnceNow = (atOnceByKey.get(key) ?? 0) + 1
    atOnceByKey.set(key, atOnceNow)
    atOnceByKeyMax = Math.max(atOnceByKeyMax, atOnceNow)
    try {
      return await worker(stage)(value)
    } finally {
      atOnceByKey.set(key, atOnceByKey.get(key)! - 1)
    }
  }
  const sink = new KeepingSink(pause)
  const published = topic<number>('published', { ...(shape.topicHasKey && { key: item => item % 5 }), ...(shape.topicHasIds && { id: item => item }) })
  const handedOver = topic<number>('handed over', shape.topicHasKey ? { key: item => item % 5 } : {})
  const settings = { concurrency, attempts: 3, backoff: { delay: '100ms' } } as const
  const through = (stream: Stream<number>, step: Step, name: string): Stream<number> => {
    switch (step) {
      case 'map': return stream.map(value => value + valueStep)
      case 'work': return stream.work(name, worker(name), settings)
      case 'limited': return stream.work(name, limited(name), { ...settings, limit: limit('the database', { concurrency: limitedTo }) })
      case 'perKey': return stream.keyBy(keyOf).work(name, perKey(name), { ...settings, perKey: { concurrency: 1 } }) as Stream<number>
      case 'ordered': return stream.keyBy(keyOf).work(name, worker(name), { ...settings, ordered: true }) as Stream<number>
      case 'sharded': return stream.shard(`${name} shards`, { by: value => value, shards: 3 }).work(name, worker(name), settings)
      case 'chunks': return stream.work(name, inChunks<number, number>(async values => values.map(value => value + valueStep), { size: 4 })) as Stream<number>
      case 'batch': return stream.batch(name, { count: 3, ...(shape.isEndless && { within: '1s' as const }) }).flatMap(batch => batch)
      case 'barrier': return stream.barrier(name)
    }
  }
  const made = pipeline('shared', shape.toleratesNone ? { tolerate: 0 } : {}, flow => {
    const numbers = shape.source === 'published' ? flow.source(published) : flow.source('numbers', items(Array.from({ length: shape.count }, (_, index) => index)))
    const first = numbers.work('first', worker('first'), settings)
    const last = shape.steps.reduce((stream, step, index) => through(stream, step, `${step} ${index}`), first as Stream<number>).work('last', worker('last'), settings)
    if (shape.ends.includes('sink')) last.to(sink, { name: 'sink' })
    if (shape.ends.includes('topic')) {
      last.to(topic<number>(onwardTopic, { id: value => value }))
      last.work('hand over', worker('hand over'), settings).to(handedOver)
    }
    return {
      results: last,
      totals: last.reduce('total', sum((value: number) => value)),
      ...(shape.ends.includes('counts') && { counts: last.keyBy(value => value % 5).reduce('counts', count()) }),
      ...(shape.ends.includes('topic') && { handedOver: flow.source(handedOver) }),
      ...(shape.readsFailed && { refused: first.failed.map(({ item }) => item).work('refused', (value: number) => value) }),
    }
  })
  return { pipeline: made, published, sink, atOnceMax: () => atOnceMax, atOnceByKeyMax: () => atOnceByKeyMax, isMended: () => isMended, mend: () => { isMended = true } }
}
