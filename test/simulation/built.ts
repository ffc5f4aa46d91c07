// The pipeline of a shape, on the library as users have it.
import { count, inChunks, items, limit, pipeline, sum, topic, type Flow, type Pipeline, type Sink, type Stream, type Topic, type Worker } from '../../src/index.ts'
import { buildGraph } from '../../src/pipeline/build.ts'
import type { Graph } from '../../src/pipeline/graph.ts'
import { withGraph } from '../../src/pipeline/pipeline.ts'
import type { Publication } from '../../src/testing/application.ts'
import { given, type Given } from '../../src/testing/index.ts'
import { Ailment } from './ailment.ts'
import type { Ailing, Chain, Emit, End, Item, Shape, Step } from './shapes.ts'
import { Workers } from './workers.ts'

export interface Built {
  readonly pipeline: Pipeline<any, any>
  readonly upgrade: Pipeline<any, any> | undefined
  readonly given: readonly Given[]
  readonly publications: readonly Publication[]
  readonly sinks: readonly string[]
  readonly topics: readonly Topic<any>[]
  /** The cause is mended: what was bad is good. */
  mend(): void
  /** Someone reads what the run says. */
  hear(message: string): void
}

export const extraItems = [1, 2, 3] as const

/** What goes on over the processes of a seed: what has happened outside of Batchwork. */
interface Outside {
  readonly workers: Workers
  readonly ailment: Ailment | undefined
}

class Builder {
  readonly sinks: string[] = []
  readonly topics: Topic<any>[] = []
  readonly outputs: Record<string, Stream<any>> = {}
  readonly #outside: Outside

  constructor(outside: Outside) {
    this.#outside = outside
  }

  chain(flow: Flow, from: Stream<any>, { steps, end }: Chain): void {
    let stream = from
    for (const step of steps) stream = this.#step(flow, stream, step)
    this.#end(flow, stream, end)
  }

  #step(flow: Flow, stream: Stream<Item>, step: Step): Stream<any> {
    const { workers } = this.#outside
    const throwing = <Result>(read: (item: Item) => Result) => workers.throwing(step.throwsAt, read)
    switch (step.kind) {
      case 'map': return stream.map(throwing(item => ({ ...item, n: item.n + 1_000 })))
      case 'filter': return stream.filter(throwing(({ n }) => n % 5 !== 0))
      case 'flatMap': return stream.flatMap(throwing(item => Array.from({ length: item.n % 3 }, (_, part) => ({ ...item, n: item.n * 10 + part }))))
      case 'merge': return flow.merge(step.name, [stream, stream.filter(({ n }) => n % 2 === 0).map(item => ({ ...item, n: item.n + 7 }))], step.byPriority ? { priority: throwing(priorityOf) } : {})
      case 'barrier': return stream.barrier(step.name, { tolerate: step.tolerate })
      case 'sink': return this.#sink(stream, step.name, step.commitsRun)
      case 'batch': return this.#batch(stream, step)
      case 'chunks': return stream.work(step.name, inChunks<Item, Item>(workers.ofChunks(step.throwsWhole), { size: step.size })) as Stream<Item>
      case 'work': return this.#work(flow, stream, step)
    }
  }

  #batch(whole: Stream<Item>, { name, count, isKeyed, isTimed, parts, throwsAt }: Step & { readonly kind: 'batch' }): Stream<Item> {
    const until = { count, ...(isTimed && { within: '2s' as const }) }
    const stream = parts > 1 ? whole.flatMap(item => Array.from({ length: parts }, (_, part) => ({ ...item, n: item.n * 10 + part }))) : whole
    return isKeyed ? stream.keyBy(this.#outside.workers.throwing(throwsAt, ({ n }) => n % 3)).batch(name, until).flatMap(({ value }) => value) : stream.batch(name, until).flatMap(batch => batch)
  }

  #work(flow: Flow, stream: Stream<Item>, step: Step & { readonly kind: 'work' }): Stream<any> {
    const { name, style, attempts, concurrency, hasTimeout, shards, rollsOut, failed, throwsAt } = step
    const { workers, ailment } = this.#outside
    const worker = workers.of(step)
    const throwing = <Result>(read: (item: Item) => Result) => workers.throwing(throwsAt, read)
    const options = { attempts, concurrency, ...(hasTimeout && { timeout: '5s' as const }) }
    const keyed = () => stream.keyBy(throwing(({ n }) => n % 4))
    const worked = style === 'ordered' ? keyed().work(name, worker, { ...options, ordered: true })
      : style === 'per key' ? keyed().work(name, worker, { ...options, perKey: { concurrency: 1 } })
      : style === 'priority' ? stream.work(name, worker, { ...options, priority: throwing(priorityOf) })
      : style === 'limited' ? stream.work(name, worker, { ...options, limit: limit('the database', { concurrency: 2, perSecond: 50 }) })
      : style === 'sharded' && step.ailing && ailment ? this.#ailing(stream, step, step.ailing, ailment, worker)
      : style === 'sharded' ? stream.shard(`${name} shards`, { by: throwing(({ n }) => n), shards }).work(name, worker, { ...options, ...(rollsOut && { rollout: { from: worker, soak: '1s' as const } }) })
      : stream.work(name, worker, options)
    if (failed) this.chain(flow, worked.failed.map(({ item, reason }) => ({ ...item, reason })), failed)
    return worked
  }

  /** The stage before has seen where each item is at home, and the stage behind finds it there. */
  #ailing(stream: Stream<Item>, { name, attempts, concurrency, shards }: Step & { readonly kind: 'work' }, { what, perSecond }: Ailing, ailment: Ailment, worker: Worker<Item, any>) {
    const options = { attempts, concurrency, ...(perSecond !== undefined && { limit: limit(`${name} slowly`, { perSecond }) }) }
    const sharded = stream.shard(`${name} shards`, { by: ailment.keyOf, shards }).work(`${name} before`, ailment.before)
    const worked = what === 'version' ? sharded.work(name, ailment.badVersion(worker), { ...options, rollout: { from: worker, soak: '1s' } }) : sharded.work(name, ailment.inSickShard(worker), options)
    return worked.work(`${name} behind`, ailment.behind)
  }

  #end(flow: Flow, stream: Stream<any>, end: End): void {
    const throwing = <Result>(read: (item: Item) => Result) => this.#outside.workers.throwing(end.throwsAt, read)
    switch (end.kind) {
      case 'sink': return void this.#sink(stream, end.name, end.commitsRun)
      case 'output': return void (this.outputs[end.name] = stream)
      case 'sum': return void (this.outputs[end.name] = stream.reduce(end.name, sum<Item>(throwing(({ n }) => n)), emitOf(end.emit)))
      case 'counts': return void (this.outputs[end.name] = stream.keyBy(throwing(({ n }) => n % 7)).reduce(end.name, count(), emitOf(end.emit)))
      case 'topic': {
        const to = topic<any>(end.name)
        this.topics.push(to)
        return void stream.to(to)
      }
      case 'copy':
        this.chain(flow, stream, end.first)
        return this.chain(flow, stream, end.second)
      case 'split': {
        const routes = { even: ({ n }: Item) => n % 2 === 0, third: throwing(({ n }) => n % 3 === 0) }
        const { hasDefault = true } = end
        const { even, third, rest } = stream.split(routes, hasDefault ? { default: 'rest' } : {}) as Record<'even' | 'third' | 'rest', Stream<any>>
        this.chain(flow, even, end.even)
        this.chain(flow, third, end.third)
        return hasDefault ? this.chain(flow, rest, end.rest) : undefined
      }
    }
  }

  #sink(stream: Stream<any>, name: string, commitsRun: boolean): Stream<any> {
    this.sinks.push(name)
    return stream.to(neverWritten(name, commitsRun), { name })
  }
}

function emitOf(emit: Emit): { readonly emit: 'at-end' | 'each-change' | { readonly every: '1s' } } {
  return { emit: emit === 'every' ? { every: '1s' } : emit }
}

function priorityOf({ n }: Item): 'high' | 'normal' | 'low' {
  return n % 3 === 0 ? 'high' : n % 3 === 1 ? 'normal' : 'low'
}

/** The simulation puts a recorder in its place. */
function neverWritten(name: string, commitsRun: boolean): Sink<any> {
  return { name, ...(commitsRun && { commit: 'run' }), write: () => Promise.reject(new Error(`sink '${name}' was really written to`)) } as Sink<any>
}

export function built({ items: made, published, topicHasIds, arrivals, twice, sourceHasIds, sourceThrows, splits, chain, isUpgraded }: Shape): Built {
  const orders = topic<Item>('published', topicHasIds ? { id: ({ n }) => n } : {})
  const hasTopic = published.length > 0 || arrivals.length > 0
  let isMended = false
  const ailing = chain.steps.find(step => step.kind === 'work' && step.ailing !== undefined)
  const workers = new Workers(() => isMended)
  const outside: Outside = { workers, ailment: ailing && new Ailment((ailing as { readonly ailing: Ailing }).ailing) }
  let last: Builder | undefined
  const build = (flow: Flow): Record<string, Stream<any>> => {
    const builder = new Builder(outside)
    const first = flow.source('source', items<Item>([]), sourceHasIds ? { id: workers.throwing(sourceThrows, ({ n }) => n) } : {})
    builder.chain(flow, hasTopic ? flow.merge('both', [first, flow.source(orders)]) : first, chain)
    last = builder
    return builder.outputs
  }
  const upgraded = (flow: Flow) => ({ ...build(flow), extra: flow.source('extra', items(extraItems)).work('new work', n => n + 1) })
  const composed = builtOnce(pipeline('composed', flow => build(flow)))
  const said = published.flatMap(item => (twice.includes(item.n) ? [item, item] : [item]))
  const doubled = sourceHasIds ? [...made, ...made.slice(0, 2)] : made
  return {
    pipeline: composed,
    upgrade: isUpgraded ? builtOnce(pipeline('composed', upgraded)) : undefined,
    given: [{ ...given('source', doubled), splits } as Given, ...(hasTopic ? [given(orders, said)] : [])],
    // What may be said again has an id.
    publications: arrivals.map(({ item, afterMs, priority, said }) => ({ topic: orders, item, afterMs, said, options: { priority, ...(!topicHasIds && said !== 'once' && { id: String(item.n) }) } })),
    get sinks() { return last?.sinks ?? [] },
    get topics() { return last?.topics ?? [] },
    mend: () => { isMended = true },
    hear: message => outside.ailment?.hear(message),
  }
}

/** Every process of a seed would build the same. */
function builtOnce(original: Pipeline<void, any>): Pipeline<any, any> {
  let graph: Graph | undefined
  return withGraph(original, () => (graph ??= buildGraph(original)))
}
