// Pipelines composed at random from the patterns, with workers whose failures follow from the item and the attempt alone, so that what
// must come out can be told beforehand: by running the same pipeline where nothing goes wrong.
import { PermanentError, RetryLater, count, inChunks, items, jsonFile, pipeline, sum, topic, type Flow, type Stream, type Topic } from '../../src/index.ts'
import { given, type Given } from '../../src/testing/index.ts'
import { generator, type Random } from '../../src/reducers/seeded-random.ts'

export interface Item {
  readonly n: number
  /** Fails for good in every worker. */
  readonly bad: boolean
  /** Attempts of each worker that fail. */
  readonly flaky: number
}

export interface Composed {
  readonly pipeline: ReturnType<typeof pipeline<any>>
  readonly given: readonly Given[]
  /** Written down by workers behind a barrier, as they run: the side effects. */
  readonly behindBarrier: string[]
  readonly sinks: readonly string[]
  readonly topics: readonly Topic<any>[]
  readonly description: string
  /** Items that come in. */
  readonly size: number
}

class Composer {
  readonly random: Random
  readonly steps: string[] = []
  readonly sinks: string[] = []
  readonly topics: Topic<any>[] = []
  readonly behindBarrier: string[] = []
  readonly outputs: Record<string, Stream<any>> = {}
  #names = 0
  #barriers = 0

  constructor(random: Random) {
    this.random = random
  }

  below(max: number): number {
    return Math.floor(this.random() * max)
  }

  name(kind: string): string {
    return `${kind} ${++this.#names}`
  }

  stage(stream: Stream<Item>, depth: number, isBehind: boolean): void {
    if (depth === 0 || this.#names > 12) return this.end(stream)
    const next = (following: Stream<Item>, behind = isBehind) => this.stage(following, depth - 1, behind)
    const kinds = ['work', 'work', 'chunks', 'map', 'filter', 'flatMap', 'split', 'shard', 'copy', 'ordered', 'priority', 'sink', 'barrier']
    const kind = kinds[this.below(kinds.length)]!
    this.steps.push(kind)
    switch (kind) {
      case 'work': {
        const stage = this.name('work')
        const worked = stream.work(stage, this.worker(stage, isBehind), { attempts: 3, concurrency: 1 + this.below(6) })
        if (this.random() < 0.3) this.end(worked.failed.map(({ item, reason }) => ({ ...item, reason })))
        return next(worked)
      }
      case 'chunks': return next(stream.work(this.name('chunks'), inChunks<Item, Item>(given => given.map(item => (item.bad ? new PermanentError(`bad ${item.n}`) : item)), { size: 1 + this.below(7) })) as Stream<Item>)
      case 'map': return next(stream.map(item => ({ ...item, n: item.n + 1_000 })))
      case 'filter': return next(stream.filter(({ n }) => n % 5 !== 0))
      case 'flatMap': return next(stream.flatMap(item => Array.from({ length: item.n % 3 }, (_, part) => ({ ...item, n: item.n * 10 + part }))))
      case 'split': {
        const { even, odd, rest } = stream.split({ even: ({ n }) => n % 2 === 0, odd: ({ n }) => n % 3 === 1 }, { default: 'rest' })
        for (const route of [even, odd]) this.stage(route, depth - 1, isBehind)
        return this.end(rest)
      }
      case 'shard': {
        const sharded = stream.shard(this.name('sharder'), { by: ({ n }) => n, shards: 2 + this.below(3) })
        const stage = this.name('sharded work')
        return next(sharded.work(stage, this.worker(stage, isBehind), { attempts: 3 }) as Stream<Item>)
      }
      case 'copy':
        next(stream)
        return next(stream)
      case 'ordered': {
        const stage = this.name('per key')
        return next(stream.keyBy(({ n }) => n % 4).work(stage, this.worker(stage, isBehind), { attempts: 3, perKey: { concurrency: 1 + this.below(2) } }) as Stream<Item>)
      }
      case 'priority': {
        const stage = this.name('by priority')
        return next(stream.work(stage, this.worker(stage, isBehind), { attempts: 3, priority: ({ n }) => (n % 3 === 0 ? 'high' : n % 3 === 1 ? 'normal' : 'low') }) as Stream<Item>)
      }
      case 'sink': {
        const sink = this.name('sink')
        this.sinks.push(sink)
        return next(stream.to(jsonFile('never.json'), { name: sink }))
      }
      default: {
        if (this.#barriers++ > 1) return next(stream)
        return next(stream.barrier(this.name('barrier'), { tolerate: this.random() < 0.6 ? '100%' : 0 }), true)
      }
    }
  }

  end(stream: Stream<any>): void {
    switch (this.below(4)) {
      case 0: {
        const sink = this.name('last sink')
        this.sinks.push(sink)
        return void stream.to(jsonFile('never.json'), { name: sink })
      }
      case 1: {
        const stage = this.name('sum')
        return void (this.outputs[stage] = stream.reduce(stage, sum<Item>(({ n }) => n)))
      }
      case 2: {
        const stage = this.name('counts')
        return void (this.outputs[stage] = stream.keyBy(({ n }: Item) => n % 7).reduce(stage, count()))
      }
      default: {
        const to = topic<any>(this.name('topic'))
        this.topics.push(to)
        return void stream.to(to)
      }
    }
  }

  worker(stage: string, isBehind: boolean) {
    const waits = this.random() < 0.5
    const work = (item: Item, { attempt }: { readonly attempt: number }) => {
      if (isBehind) this.behindBarrier.push(`${stage}:${item.n}`)
      if (item.bad) throw new PermanentError(`bad ${item.n}`)
      if (attempt <= item.flaky) throw item.n % 2 === 0 ? new RetryLater('later', { after: '90s' }) : new Error('flaky')
      return { ...item, n: item.n + 1 }
    }
    return waits ? async (item: Item, context: { readonly attempt: number }) => work(item, context) : work
  }
}

/** The same seed gives the same pipeline and the same items. */
export function compose(seed: number): Composed {
  const random = generator(seed)
  const size = 5 + Math.floor(random() * 40)
  const badShare = random() < 0.5 ? 0 : 0.1
  const made = Array.from({ length: size }, (_, n): Item => ({ n, bad: random() < badShare, flaky: random() < 0.2 ? 1 + Math.floor(random() * 2) : 0 }))
  const published = topic<Item>('published', { id: ({ n }) => n })
  const hasTopic = random() < 0.4
  const shape = Math.floor(random() * 2 ** 31)
  const behindBarrier: string[] = []
  const build = (flow: Flow): Composer => {
    const composer = new Composer(generator(shape))
    const first = flow.source('source', items<Item>([]))
    const stream = hasTopic ? flow.merge('merged', [first, flow.source(published).map(item => ({ ...item, n: item.n + 500 }))]) : first
    composer.stage(stream, 1 + composer.below(4), false)
    return composer
  }
  let last: Composer | undefined
  const composed = pipeline('composed', flow => {
    const composer = build(flow)
    last = composer
    composer.behindBarrier.push = (...notes: string[]) => behindBarrier.push(...notes)
    return composer.outputs
  })
  const half = Math.floor(size / 2)
  const twice = made.slice(half).flatMap(item => (item.n % 4 === 0 ? [item, item] : [item]))
  return {
    pipeline: composed as never, behindBarrier, size,
    given: hasTopic ? [given('source', made.slice(0, half)), given(published, twice)] : [given('source', made)],
    get sinks() { return last?.sinks ?? [] },
    get topics() { return last?.topics ?? [] },
    get description() { return `${size} items through ${last?.steps.join(', ') ?? 'nothing'}` },
  }
}
