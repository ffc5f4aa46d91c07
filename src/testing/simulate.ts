// Runs a pipeline in a world of its own: process after process until the run is over, then looks at what there is.
import type { RunReport } from '../client/client.ts'
import type { Log } from '../log.ts'
import { decodeItems, endOf } from '../model/items.ts'
import type { Failure } from '../model/item.ts'
import type { Context } from '../model/worker.ts'
import { BatchworkError } from '../model/errors.ts'
import { buildGraph } from '../pipeline/build.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { ItemOf, Outputs } from '../pipeline/stream.ts'
import { isTopic, readTopic, type Topic } from '../pipeline/topic.ts'
import { levels } from '../plan/plan.ts'
import type { Given, GivenItems } from './given.ts'
import { Runs, type RunsOptions } from './runs.ts'
import { StandIns } from './stand-ins.ts'
import { World, type WorldOptions } from './world.ts'

export interface SimulateOptions<P> extends WorldOptions, RunsOptions {
  readonly params?: P | undefined
  readonly given?: readonly Given[] | undefined
  readonly workers?: Readonly<Record<string, (item: any, context: Context) => unknown>> | undefined
}

/** What there is of one run. */
export interface SimulatedRun<O extends Outputs> {
  readonly report: RunReport<O>
  readonly outputs: { readonly [N in keyof O]: readonly ItemOf<O[N]>[] }
  readonly failures: readonly Failure<unknown>[]
}

/** The last run, and what is there of all. */
export interface Simulated<O extends Outputs> extends SimulatedRun<O> {
  readonly runs: readonly SimulatedRun<O>[]
  written(this: void, sink: string): readonly unknown[]
  written<T, I>(this: void, topic: Topic<T, I>): readonly T[]
  readonly world: World
  readonly crashes: number
  /** Processes that took part. */
  readonly processes: number
  /** How often items may have been sent back by hand, so that a `.failed` stream tells of them again. */
  readonly redrives: number
  readonly isUpgraded: boolean
  /** What was published again while it ran, and dropped. */
  readonly duplicates: number
  /** How long it took in virtual time. */
  readonly elapsedMs: number
  /** Hash of everything that was committed. */
  readonly trace: string
}

export async function simulate<P, O extends Outputs>(pipeline: Pipeline<P, O>, options: SimulateOptions<P> = {}): Promise<Simulated<O>> {
  const world = new World(options)
  try {
    return await world.until(simulateIn(world, pipeline, options))
  } finally {
    world.clock.stop()
  }
}

async function simulateIn<P, O extends Outputs>(world: World, pipeline: Pipeline<P, O>, options: SimulateOptions<P>): Promise<Simulated<O>> {
  const given = (options.given ?? []) as readonly GivenItems[]
  const standIns = new StandIns({ pipeline, params: options.params, given, workers: options.workers ?? {}, world })
  const { log } = world.bystander()
  const sinkTopics = topicsWritten(pipeline, options.params)
  await log.createTopics(sinkTopics.map(({ name }) => ({ name, partitions: levels.length, subscriptions: [`trial of ${name}`] })))
  await publishGiven(world, standIns)
  const simulated = new Runs(world, pipeline, standIns, options)
  const runs: SimulatedRun<O>[] = []
  for await (const report of simulated.reports()) runs.push(await lookedAt(pipeline, options.params, report as RunReport<O>))
  const topics = new Map(await Promise.all(sinkTopics.map(async ({ name }) => [name, await itemsIn(log, name)] as const)))
  return {
    ...runs.at(-1)!, runs, written: (to: any) => written(to, standIns, topics, pipeline), world,
    ...simulated.facts, elapsedMs: world.clock.monotonic(), trace: world.trace.digest(),
  }
}

/** A publisher that is not sure whether it was heard says it again; only topics with ids can tell. */
async function publishGiven(world: World, { topics }: StandIns): Promise<void> {
  const client = world.client(world.bystander())
  for (const { topic, items } of topics) {
    const size = world.faults.chunkSize()
    for (let at = 0; at < items.length; at += size) {
      await client.publishAll(topic, items.slice(at, at + size))
      if (readTopic(topic)?.id && world.faults.happensTwice('start')) await client.publishAll(topic, items.slice(at, at + size))
    }
    if (items.length === 0) await client.publishAll(topic, [])
  }
}

async function lookedAt<O extends Outputs>(pipeline: Pipeline<any, O>, params: unknown, report: RunReport<O>): Promise<SimulatedRun<O>> {
  const outputs: Record<string, readonly unknown[]> = {}
  for (const name of Object.keys(buildGraph(pipeline, params).outputs)) outputs[name] = await listOf(report.read(name as keyof O & string))
  return { report, outputs: outputs as { readonly [N in keyof O]: readonly ItemOf<O[N]>[] }, failures: await listOf(report.failures()) }
}

function topicsWritten(pipeline: Pipeline<any, any>, params: unknown): readonly Topic<any, any>[] {
  const topics = buildGraph(pipeline, params).nodes.flatMap(node => (node.kind === 'sink' && isTopic(node.sink) ? [node.sink] : []))
  return [...new Map(topics.map(topic => [topic.name, topic])).values()]
}

async function itemsIn(log: Log, topic: string): Promise<readonly unknown[]> {
  const values: unknown[] = []
  for (let partition = 0; partition < levels.length; partition++) {
    for (let cursor = 0; ; ) {
      const [chunk] = await log.read({ topic, partition }, cursor)
      if (!chunk) break
      cursor = chunk.next
      if (!endOf(chunk)) values.push(...decodeItems(chunk).values)
    }
  }
  return values
}

function written(to: string | { readonly name: string }, { sinks }: StandIns, topics: ReadonlyMap<string, readonly unknown[]>, pipeline: Pipeline<any, any>): readonly unknown[] {
  const name = typeof to === 'string' ? to : to.name
  const found = (isTopic(to) ? undefined : sinks.get(name)?.written) ?? topics.get(name) ?? [...sinks.values()].find(sink => sink.name === name)?.written
  if (found) return found
  const known = [...sinks.keys(), ...topics.keys()].map(each => `'${each}'`).join(', ')
  throw new BatchworkError('OPTION', `pipeline '${pipeline.name}' writes to no sink '${name}'; it writes to ${known || 'none'}`)
}

async function listOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
