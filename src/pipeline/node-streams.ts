// What stands behind Stream, ShardedStream, KeyedStream, Table and WindowedStream: a node of the graph, and methods that add the next one.
// Each method leaves checks and meaning to its file in src/patterns. The types of what goes in and out are those of stream.ts.
import { copy } from '../patterns/copier.ts'
import { batch } from '../patterns/batcher.ts'
import { filter } from '../patterns/filter.ts'
import { barrier } from '../patterns/join.ts'
import { lookup, refuseTable } from '../patterns/lookup.ts'
import { flatMap, map } from '../patterns/mapper.ts'
import { keyBy } from '../patterns/partitioner.ts'
import { reduce } from '../patterns/reduce.ts'
import { shard } from '../patterns/sharder.ts'
import { sideOutput } from '../patterns/side-output.ts'
import { to } from '../patterns/sink.ts'
import { split } from '../patterns/splitter.ts'
import { checkWindow, reduceWindows } from '../patterns/windowing.ts'
import { failed, work } from '../patterns/worker.ts'
import { latest } from '../reducers/latest.ts'
import { looseCall, nearestName, refuse, type Call } from './call.ts'
import { mustBe } from './checks.ts'
import type { GraphBuilder } from './graph-builder.ts'
import type { GraphNode, LaterNode, ReduceNode } from './graph.ts'
import type { KeyedStream, Stream, WindowedStream } from './stream.ts'

type Arguments<F> = F extends (input: any, ...rest: infer A) => unknown ? A : never

interface Origin {
  readonly graph: GraphBuilder
  readonly node: GraphNode
}

const origins = new WeakMap<object, Origin>()

/** Plain and sharded alike: whether a stream is in shards is seen from its nodes. */
export class NodeStream implements Stream<any> {
  readonly #graph: GraphBuilder
  readonly #node: GraphNode

  constructor(graph: GraphBuilder, node: GraphNode) {
    this.#graph = graph
    this.#node = node
    origins.set(this, { graph, node })
  }

  map(...given: Arguments<typeof map>): any { return this.#next(map(this.#node, ...given)) }
  filter(...given: Arguments<typeof filter>): any { return this.#next(filter(this.#node, ...given)) }
  flatMap(...given: Arguments<typeof flatMap>): any { return this.#next(flatMap(this.#node, ...given)) }
  shard(name: string, options: any): any { return this.#next(shard(this.#node, name, options)) }
  barrier(...given: Arguments<typeof barrier>): any { return this.#next(barrier(this.#node, ...given)) }
  reduce(...given: Arguments<typeof reduce>): any { return this.#next(reduce(this.#node, ...given)) }
  batch(...given: Arguments<typeof batch>): any { return this.#next(batch(this.#node, ...given)) }
  to(...given: Arguments<typeof to>): any { return this.#next(to(this.#node, ...given)) }
  work(...given: Arguments<typeof work>): any { return worked(this.#graph, this.#node, given) }
  keyBy(...given: Arguments<typeof keyBy>): any { return new KeyedNodeStream(this.#graph, this.#graph.add(keyBy(this.#node, ...given))) }

  split(...given: Arguments<typeof split>): any {
    return Object.fromEntries(split(this.#node, ...given).map(node => [node.route, this.#next(node)]))
  }

  copy(names: readonly string[], build: (copy: any, name: any) => any): any {
    return copy(this.#node, this, names, build)
  }

  lookup(table: unknown, key: (item: any) => any, combine: (item: any, value: any) => any, options?: object): any {
    const call = looseCall(`lookup() after '${nearestName(this.#node)}'`)
    if (!(table instanceof TableStream)) return refuseTable(call)
    const node = lookup(this.#node, nodeOf(table, this.#graph, call, 'its first argument') as ReduceNode, { key, combine, options })
    return withLater(this.#graph, node, 'missing')
  }

  window(...given: Arguments<typeof checkWindow>): any {
    checkWindow(this.#node, ...given)
    return new WindowedNodeStream(this.#graph, this.#node)
  }

  #next(node: GraphNode): NodeStream {
    return new NodeStream(this.#graph, this.#graph.add(node))
  }
}

class TableStream extends NodeStream {
  readonly name: string

  constructor(graph: GraphBuilder, node: ReduceNode) {
    super(graph, node)
    this.name = node.name
  }
}

class KeyedNodeStream implements KeyedStream<any, any> {
  readonly #graph: GraphBuilder
  readonly #node: GraphNode

  constructor(graph: GraphBuilder, node: GraphNode) {
    this.#graph = graph
    this.#node = node
    origins.set(this, { graph, node })
  }

  work(...given: Arguments<typeof work>): any { return worked(this.#graph, this.#node, given) }
  batch(...given: Arguments<typeof batch>): any { return new NodeStream(this.#graph, this.#graph.add(batch(this.#node, ...given))) }
  reduce(...given: Arguments<typeof reduce>): any { return new TableStream(this.#graph, this.#graph.add(reduce(this.#node, ...given))) }
  table(name: string, options?: any): any { return this.reduce(name, latest(), options) }

  window(...given: Arguments<typeof checkWindow>): any {
    checkWindow(this.#node, ...given)
    return new WindowedNodeStream(this.#graph, this.#node)
  }
}

class WindowedNodeStream implements WindowedStream<any, any> {
  readonly #graph: GraphBuilder
  readonly #node: GraphNode

  constructor(graph: GraphBuilder, node: GraphNode) {
    this.#graph = graph
    this.#node = node
  }

  reduce(...given: Arguments<typeof reduceWindows>): any { return withLater(this.#graph, reduceWindows(this.#node, ...given), 'late') }
}

function worked(graph: GraphBuilder, input: GraphNode, given: Arguments<typeof work>): NodeStream {
  const node = graph.add(work(input, ...given))
  return withSide(new NodeStream(graph, node), 'failed', () => new NodeStream(graph, graph.add(failed(node))))
}

export function withLater(graph: GraphBuilder, node: LaterNode, side: 'missing' | 'late' | 'incomplete'): NodeStream {
  return withSide(new NodeStream(graph, graph.add(node)), side, () => new NodeStream(graph, graph.add(sideOutput(node, side))))
}

/** Made when first asked for: only then is it read, and part of the graph. */
function withSide(stream: NodeStream, name: string, make: () => NodeStream): NodeStream {
  let made: NodeStream | undefined
  return Object.defineProperty(stream, name, { get: () => (made ??= make()) })
}

/** The node behind a stream of this very build; any other value is refused. */
export function nodeOf(value: unknown, graph: GraphBuilder, call: Call, argument: string, kind: 'stream' | 'keyed stream' = 'stream'): GraphNode {
  const origin = typeof value === 'object' && value !== null ? origins.get(value) : undefined
  if (!origin) return refuse(call, mustBe(argument, value, kind === 'stream' ? 'a stream of this pipeline' : 'a keyed stream of this pipeline, made by keyBy(...)'))
  if (kind === 'stream' && value instanceof KeyedNodeStream) refuse(call, `${argument} is a keyed stream, but must be a stream; leave out its keyBy(...)`)
  if (kind === 'keyed stream' && value instanceof NodeStream) refuse(call, `${argument} has no key; write keyBy(...) on it first`)
  if (origin.graph !== graph) refuse(call, foreign(argument, origin.graph, graph))
  return origin.node
}

function foreign(argument: string, its: GraphBuilder, own: GraphBuilder): string {
  const whose = its.pipeline === own.pipeline ? 'an earlier build of this pipeline' : `pipeline '${its.pipeline}'`
  return `${argument} is a stream of ${whose}; a build can use its own streams only: to share items between pipelines, write them to a topic and read that`
}
