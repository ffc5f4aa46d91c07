// Puts what a trial is given in the place of a pipeline's sources, workers and sinks, by name.
import type { Context, Worker } from '../model/worker.ts'
import { BatchworkError } from '../model/errors.ts'
import { buildGraph } from '../pipeline/build.ts'
import { inChunks, readChunkWorker } from '../pipeline/chunk-worker.ts'
import type { GraphNode, WorkNode } from '../pipeline/graph.ts'
import { withNodes, type Pipeline } from '../pipeline/pipeline.ts'
import { nearestTo } from '../pipeline/suggestion.ts'
import { isTopic, type Topic } from '../pipeline/topic.ts'
import { heldSource, sourceOf, type GivenItems } from './given.ts'
import { RecordingSink } from './recording-sink.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

export type WorkerStandIns = Readonly<Record<string, (item: any, context: Context) => unknown>>

export interface StandInsOptions {
  readonly pipeline: Pipeline<any, any>
  readonly params: unknown
  readonly given: readonly GivenItems[]
  readonly workers: WorkerStandIns
  readonly world: World
}

export class StandIns {
  /** Topics that the pipeline reads, with what they were given. */
  readonly topics: readonly { readonly topic: Topic<any, any>; readonly items: readonly unknown[] }[]
  /** By stage. */
  readonly sinks = new Map<string, RecordingSink>()
  readonly #options: StandInsOptions
  readonly #workers: ReadonlyMap<string, (item: any, context: Context) => unknown>
  readonly #sources: ReadonlyMap<string, readonly unknown[]>
  readonly #chunkSize: number

  constructor(options: StandInsOptions) {
    this.#options = options
    const { nodes } = buildGraph(options.pipeline, options.params)
    const sources = nodes.filter(node => node.kind === 'source' || node.kind === 'topic')
    checkKnown('given', options.given.map(({ name }) => name), sources.map(({ name }) => name), 'a source or topic that it reads', options.pipeline)
    checkKnown('workers', Object.keys(options.workers), nodes.filter(node => node.kind === 'work').map(({ name }) => name), 'a work stage', options.pipeline)
    this.#workers = new Map(Object.entries(options.workers))
    this.#sources = new Map([...Map.groupBy(options.given, ({ name }) => name)].map(([name, all]) => [name, all.flatMap(({ items }) => items)]))
    this.topics = nodes.filter(node => node.kind === 'topic').filter(({ name }) => this.#sources.has(name)).map(({ topic, name }) => ({ topic, items: this.#sources.get(name)! }))
    this.#chunkSize = options.world.faults.chunkSize()
  }

  /** The pipeline as one process runs it; `pipeline` where it is not the one that was given. */
  of(process: SimulatedProcess, pipeline: Pipeline<any, any> = this.#options.pipeline): Pipeline<any, any> {
    return withNodes(pipeline, node => this.#standIn(process, node))
  }

  #standIn(process: SimulatedProcess, node: GraphNode): GraphNode {
    if (node.kind === 'work') return { ...node, worker: this.#watched(process, node), options: this.#watchedOptions(process, node) }
    if (node.kind === 'sink' && !isTopic(node.sink)) return { ...node, sink: this.#recorder(node.name, node.sink) }
    if (node.kind !== 'source') return node
    const items = this.#sources.get(node.name)
    const splits = this.#options.given.find(({ name }) => name === node.name)?.splits
    return { ...node, source: items ? sourceOf(items, this.#chunkSize, splits) : heldSource(node.source, () => this.#options.world.clock.hold()) }
  }

  #recorder(stage: string, sink: ConstructorParameters<typeof RecordingSink>[0]): RecordingSink {
    const known = this.sinks.get(stage) ?? new RecordingSink(sink)
    this.sinks.set(stage, known)
    return known
  }

  /** The worker that a rollout replaces runs like the other. */
  #watchedOptions(process: SimulatedProcess, node: WorkNode): WorkNode['options'] {
    const { rollout } = node.options
    return rollout ? { ...node.options, rollout: { ...rollout, from: this.#watched(process, { ...node, worker: rollout.from }) } } : node.options
  }

  #watched(process: SimulatedProcess, { name, worker }: WorkNode): Worker<any, any> {
    const standIn = this.#workers.get(name)
    if (standIn) return (item, context) => this.#called(process, () => standIn(item, context), false)
    const chunks = readChunkWorker(worker)
    if (chunks) return inChunks<any, any>((items, context) => this.#called(process, () => chunks.chunkWorker(items, context), true) as never, { size: chunks.size })
    return (item, context) => this.#called(process, () => worker(item, context), true)
  }

  /** A call of a worker in a process that may die meanwhile. Time does not jump while a real one waits for something. */
  #called(process: SimulatedProcess, call: () => unknown, isReal: boolean): unknown {
    const { faults, clock } = this.#options.world
    if (process.diesAt('work')) return unanswered()
    const result = this.#run(process, faults.happensTwice(process.phase) ? () => twice(call) : call)
    if (process.diesAt('work')) {
      if (isThenable(result)) Promise.resolve(result).catch(() => {})
      return unanswered()
    }
    const delayMs = faults.workDelayMs(process.phase)
    if (!isThenable(result) && delayMs === undefined) return result
    const release = isReal && isThenable(result) && !this.#options.world.isVirtual ? clock.hold() : () => {}
    return Promise.resolve(result).finally(release).then(
      value => this.#answer(process, delayMs, () => value),
      (error: unknown) => this.#answer(process, delayMs, () => { throw error }),
    )
  }

  /** A worker that says so takes its process with it. */
  #run(process: SimulatedProcess, call: () => unknown): unknown {
    try {
      return call()
    } catch (error) {
      if (error instanceof ProcessKilled) process.crash()
      throw error
    }
  }

  #answer(process: SimulatedProcess, delayMs: number | undefined, give: () => unknown): unknown {
    if (process.diesAt('work')) return unanswered()
    const awake = () => new Promise<void>(resolve => process.whenAwake(resolve))
    if (delayMs === undefined) return awake().then(give)
    return new Promise<void>(resolve => this.#options.world.clock.after(delayMs, resolve)).then(awake).then(give)
  }
}

/** Thrown by a worker in a simulation: its process ends with it, as by a segmentation fault. */
export class ProcessKilled extends Error {}

/** A new one for each: one for all would keep everything that ever waited for it. */
const unanswered = (): Promise<never> => new Promise(() => {})

/** As after a crash: it was done, nobody knew, and it is done again. */
function twice(call: () => unknown): unknown {
  try {
    const first = call()
    return isThenable(first) ? Promise.resolve(first).then(call, call) : call()
  } catch {
    return call()
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function'
}

function checkKnown(option: string, names: readonly string[], known: readonly string[], kind: string, pipeline: Pipeline<any, any>): void {
  const unknown = names.find(name => !known.includes(name))
  if (unknown === undefined) return
  const meant = nearestTo(unknown, known)
  const has = known.length > 0 ? `it has ${known.map(name => `'${name}'`).join(', ')}` : 'it has none'
  throw new BatchworkError('OPTION', `${option} names '${unknown}', which is not ${kind} of pipeline '${pipeline.name}': ${has}${meant === undefined ? '' : `; did you mean '${meant}'?`}`)
}
