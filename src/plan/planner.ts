// From the graph a pipeline file builds to the plan: pure operators are fused into the stages that read them, and whatever needs a
// partitioning of its own (a sharder, priorities, ids) becomes a relay stage that stores.
import { PlanError } from '../model/errors.ts'
import type { Tolerance } from '../model/values.ts'
import { sharderOf } from '../patterns/sharder.ts'
import { readChunkWorker } from '../pipeline/chunk-worker.ts'
import type { BatchNode, Graph, GraphNode, ReduceNode, RouteNode, SinkNode, SourceNode, WorkNode } from '../pipeline/graph.ts'
import { isTopic, readTopic } from '../pipeline/topic.ts'
import { barriersOf } from './barriers.ts'
import { divided, type Dividing } from './dividing.ts'
import { hashOf } from './hash.ts'
import type { Gate, InputPlan, Operator, OutputPlan, Partitioning, Plan, ReduceStage, RelayStage, StagePlan, TopicPlan, WorkStage } from './plan.ts'
import { spillAboveOf } from './spilling.ts'
import { isReader, mapsSplits, sourcesReadAnew } from './map-reduce.ts'
import { isShared, topicsOf } from './topics.ts'
import { checkCycles, checkNames, checkOutputs } from './validation.ts'

export interface PlanOptions {
  readonly tolerate?: Tolerance | undefined
  readonly work?: object | undefined
  /** For an engine that several processes share. */
  readonly dividing?: Dividing | undefined
}

/** Throws PlanError where the pipeline cannot be run as it is written. */
export function planOf(graph: Graph, options: PlanOptions = {}): Plan {
  checkNames(graph)
  const { stages: whole, outputs } = new Planner(graph, options).plan()
  checkOutputs(graph, whole)
  checkCycles(whole)
  const { dividing } = options
  const stages = dividing ? divided(whole, dividing, topic => isShared(topic, whole)) : whole
  const topics = topicsOf(stages, outputs, keepForIn(graph), dividing)
  const barriers = barriersOf(graph, stages, outputs)
  return { pipeline: graph.name, stages, topics, barriers, outputs, tolerate: options.tolerate, hash: hashOf(whole) }
}

/** Of the users' topics that a pipeline reads or writes. */
function keepForIn({ nodes }: Graph): ReadonlyMap<string, TopicPlan['keepFor']> {
  const topics = nodes.flatMap(node => (node.kind === 'topic' ? [node.topic] : node.kind === 'sink' && isTopic(node.sink) ? [node.sink] : []))
  return new Map(topics.map(topic => [topic.name, readTopic(topic)!.keepFor]))
}

/** Where a stream comes from, back to something stored (or a source), with the operators on the way. */
interface Tap {
  readonly origin: GraphNode
  readonly operators: readonly Operator[]
  readonly gates: readonly Gate[]
}

const unsharded: Partitioning = { shards: [] }

class Planner {
  readonly #graph: Graph
  readonly #options: PlanOptions
  readonly #stages: StagePlan[] = []
  readonly #storedSources = new Set<GraphNode>()
  /** How often what a node gives is read; twice where it is a result. */
  readonly #uses = new Map<GraphNode, number>()
  readonly #checkedSplitters = new Set<object>()

  constructor(graph: Graph, options: PlanOptions) {
    this.#graph = graph
    this.#options = options
    this.#findStoredSources()
  }

  plan(): { readonly stages: readonly StagePlan[]; readonly outputs: readonly OutputPlan[] } {
    for (const node of this.#graph.nodes) this.#add(node)
    const outputs = Object.entries(this.#graph.outputs).map(([name, node]) => ({ name, inputs: this.#inputs([node]) }))
    return { stages: this.#stages, outputs }
  }

  #add(node: GraphNode): void {
    switch (node.kind) {
      case 'later':
        throw new PlanError(node.name, node.at, `'${node.name}' is a ${node.pattern}, which this version of Batchwork can type but not yet run`)
      case 'source': return void (this.#storedSources.has(node) && this.#addSource(node))
      case 'shard': return void this.#relay(node.name, node.at, 'shard', this.#inputs(node.inputs), { shards: node.shards, by: node.by })
      case 'merge': return void (node.priority && this.#relay(node.name, node.at, 'priority', this.#inputs(node.inputs), { shards: [], priority: node.priority }))
      case 'work': return this.#addWork(node)
      case 'reduce': return this.#addReduce(node)
      case 'batch': return this.#addBatch(node)
      case 'sink': return this.#addSink(node)
    }
  }

  #addSource(node: SourceNode): void {
    const input = this.#sourceInput(node, [])
    this.#stages.push({ kind: 'relay', reason: 'source', id: node.id, time: node.time, ...this.#base(node.name, node.at, [input], unsharded) })
  }

  #relay(name: string, at: string, reason: RelayStage['reason'], inputs: readonly InputPlan[], partitioning: Partitioning, forStage?: string): StagePlan {
    const stage: RelayStage = { kind: 'relay', reason, forStage, ...this.#base(name, at, inputs, partitioning) }
    this.#stages.push(stage)
    return stage
  }

  #addWork(node: WorkNode): void {
    refuseWithoutEffect(node)
    const sharder = sharderOf(node.inputs[0]!)
    const shards = sharder?.shards ?? []
    const { priority, perKey, ordered } = node.options
    const inputs = priority ? [this.#prioritised(node)] : this.#inputs(node.inputs)
    const settings = { ...this.#options.work, ...node.options }
    const spillAbove = sharder && spillAboveOf(this.#graph, sharder)
    const stage: WorkStage = { kind: 'work', worker: node.worker, settings, spillAbove, ...this.#base(node.name, node.at, inputs, { shards }) }
    this.#stages.push(this.#options.dividing && perKey && !ordered && !priority && !sharder ? this.#byKey(stage) : stage)
  }

  #prioritised(node: WorkNode): InputPlan {
    const shards = sharderOf(node.inputs[0]!)?.shards ?? []
    const queue = this.#relay(`${node.name} by priority`, node.at, 'priority', this.#inputs(node.inputs), { shards, priority: node.options.priority }, node.name)
    return { name: queue.output, from: { kind: 'topic', topic: queue.output }, operators: keyOperator(node.inputs[0]!), gates: [] }
  }

  #addReduce(node: ReduceNode): void {
    const { reducer, emit, version = 1, threads, memory } = node
    const isKeyed = node.inputs[0]!.kind === 'key'
    const stage: ReduceStage = { kind: 'reduce', reducer, isKeyed, emit, version, threads, memory, ...this.#base(node.name, node.at, this.#inputs(node.inputs), unsharded) }
    this.#stages.push(this.#options.dividing && isKeyed && !mapsSplits(stage) ? this.#byKey(stage) : stage)
  }

  /** Stored once more, laid out by key, so that each of several processes can have some of the keys: the repartition topic of Kafka Streams. */
  #byKey<Stage extends StagePlan>({ name, at, inputs, ...stage }: Stage) {
    const layout: RelayStage = { kind: 'relay', reason: 'key', forStage: name, ...this.#base(`${name} by key`, at, inputs, unsharded) }
    this.#stages.push(layout)
    return { ...stage, name, at, isByKey: true, inputs: [{ name: layout.output, from: { kind: 'topic', topic: layout.output }, operators: [], gates: [] }] } as const
  }

  #addBatch(node: BatchNode): void {
    const { name, at, until } = node
    const isKeyed = node.inputs[0]!.kind === 'key'
    this.#stages.push({ kind: 'batch', until, isKeyed, ...this.#base(name, at, this.#wholeItems(node), unsharded) })
  }

  /** Parts of one item may go into several batches, some of which are done before others: each part has to be an item that is stored. */
  #wholeItems({ name, at, inputs }: BatchNode): readonly InputPlan[] {
    const direct = this.#inputs(inputs)
    if (!direct.some(({ operators }) => operators.some(({ kind }) => kind === 'flatMap'))) return direct
    const parts = this.#relay(`${name} parts`, at, 'parts', direct, unsharded, name)
    return [{ name: parts.output, from: { kind: 'topic', topic: parts.output }, operators: keyOperator(inputs[0]!), gates: [] }]
  }

  #addSink(node: SinkNode): void {
    const inputs = this.#inputs(node.inputs)
    if (!isTopic(node.sink)) return void this.#stages.push({ kind: 'sink', sink: node.sink, ...this.#base(node.name, node.at, inputs, unsharded) })
    const writer = this.#writerOf(node)
    if (writer) return void (this.#stages[this.#stages.indexOf(writer)] = { ...writer, partitioning: unsharded, topic: node.sink, output: node.sink.name })
    const base = this.#base(node.name, node.at, inputs, unsharded)
    this.#stages.push({ kind: 'relay', reason: 'topic', topic: node.sink, ...base, output: node.sink.name })
  }

  /** Work whose results go nowhere else writes the topic in its own commit. Not where ids are looked up: their order is one for all processes, so one stage writes them. */
  #writerOf({ inputs, sink }: SinkNode): StagePlan | undefined {
    const [tap, ...others] = this.#taps(inputs[0]!)
    const { origin, operators, gates } = tap!
    const isDirect = others.length === 0 && operators.length === 0 && gates.length === 0
    if (!isDirect || origin.kind !== 'work' || this.#uses.get(origin) !== 1 || readTopic(sink)!.id) return undefined
    return this.#stages.find(({ name }) => name === origin.name)
  }

  #base(name: string, at: string, inputs: readonly InputPlan[], partitioning: Partitioning) {
    const shards = partitioning.by ? [] : partitioning.shards
    return { name, at, inputs, partitioning, shards, lanes: Math.max(1, shards.length), output: name }
  }

  #inputs(nodes: readonly GraphNode[]): readonly InputPlan[] {
    const taken = new Map<string, number>()
    return nodes.flatMap(node => this.#taps(node)).map(tap => {
      const input = this.#input(tap)
      const count = (taken.get(input.name) ?? 0) + 1
      taken.set(input.name, count)
      return count === 1 ? input : { ...input, name: `${input.name}~${count}` }
    })
  }

  #input({ origin, operators, gates }: Tap): InputPlan {
    if (origin.kind === 'source' && !this.#storedSources.has(origin)) return this.#sourceInput(origin, operators, gates)
    if (origin.kind === 'failed') {
      const stage = (origin.inputs[0] as WorkNode).name
      return { name: `${stage}/dead-letters`, from: { kind: 'dead-letters', topic: `${stage}/dead-letters`, stage }, operators, gates }
    }
    const topic = (origin as { readonly name: string }).name
    const [position, key] = origin.kind === 'topic' ? [origin.from, readTopic(origin.topic)!.key] : []
    return { name: topic, from: { kind: 'topic', topic, position, ...(key && { key }) }, operators, gates }
  }

  #sourceInput(node: SourceNode, operators: readonly Operator[], gates: readonly Gate[] = []): InputPlan {
    const checked: readonly Operator[] = node.schema ? [{ kind: 'schema', schema: node.schema, name: node.name }, ...operators] : operators
    return { name: node.name, from: { kind: 'source', name: node.name, source: node.source, splits: `${node.name}/splits` }, operators: checked, gates }
  }

  #taps(node: GraphNode): readonly Tap[] {
    switch (node.kind) {
      case 'map': return this.#through(node, { kind: 'map', transform: node.transform })
      case 'filter': return this.#through(node, { kind: 'filter', keep: node.keep })
      case 'flatMap': return this.#through(node, { kind: 'flatMap', transform: node.transform })
      case 'key': return this.#through(node, { kind: 'key', key: node.key })
      case 'route': return this.#through(node, this.#route(node))
      case 'barrier': return this.#taps(node.inputs[0]!).map(tap => ({ ...tap, gates: [...tap.gates, { kind: 'barrier', name: node.name }] }))
      case 'merge': return node.priority ? [tapOf(node)] : node.inputs.flatMap(input => this.#taps(input))
      case 'sink': return isTopic(node.sink) ? this.#taps(node.inputs[0]!) : [sinkTap(node)]
      default: return [tapOf(node)]
    }
  }

  #through(node: GraphNode, operator: Operator): readonly Tap[] {
    return this.#taps(node.inputs[0]!).map(tap => ({ ...tap, operators: [...tap.operators, operator] }))
  }

  #route({ route, splitter }: RouteNode): Operator {
    const isChecker = splitter.default === undefined && !this.#checkedSplitters.has(splitter)
    this.#checkedSplitters.add(splitter)
    return { kind: 'route', route, splitter, isChecker }
  }

  /** A source is stored where it is read more than once and not read anew, where ids must be looked up, and where its items are a result. */
  #findStoredSources(): void {
    const uses = this.#uses
    const readAnew = sourcesReadAnew(this.#graph, node => this.#taps(node).map(({ origin }) => origin))
    const count = (from: readonly GraphNode[], times: number) => {
      for (const tap of from.flatMap(node => this.#taps(node))) uses.set(tap.origin, (uses.get(tap.origin) ?? 0) + times)
    }
    for (const node of this.#graph.nodes) if (isReader(node)) count(node.inputs, 1)
    count(Object.values(this.#graph.outputs), 2)
    this.#checkedSplitters.clear()
    for (const [node, times] of uses) {
      if (node.kind === 'source' && ((times > 1 && !readAnew.has(node)) || node.id || node.time)) this.#storedSources.add(node)
    }
    // What waits is not done: a source would not know that it was read to its end. And one process reads a source, where many may work on its items.
    for (const node of this.#graph.nodes) if (node.kind === 'barrier' || node.kind === 'batch') for (const tap of node.inputs.flatMap(input => this.#taps(input))) if (tap.origin.kind === 'source') this.#storedSources.add(tap.origin)
    if (this.#options.dividing) for (const node of this.#graph.nodes) if (node.kind === 'work') for (const tap of this.#taps(node.inputs[0]!)) if (tap.origin.kind === 'source') this.#storedSources.add(tap.origin)
    this.#checkedSplitters.clear()
  }
}

/** Better refused than taken without a word and not done. */
function refuseWithoutEffect({ name, at, options, worker }: WorkNode): void {
  const option = (['undo', 'hours', 'cpu'] as const).find(each => options[each] !== undefined)
  if (option) throw new PlanError(name, at, `stage '${name}': '${option}' is not there yet in this version of Batchwork; leave it out`)
  const unheld = (['limit', 'perKey', 'timeout'] as const).find(each => options[each] !== undefined)
  if (unheld && readChunkWorker(worker) && options.threads === undefined && options.processes === undefined) throw new PlanError(name, at, `stage '${name}': '${unheld}' is held for one item, and inChunks takes many; leave it out, or give the stage threads or processes, where a timeout ends a chunk and limited items go one by one`)
  const isChunked = options.rollout && (readChunkWorker(worker) ?? readChunkWorker(options.rollout.from))
  if (isChunked) throw new PlanError(name, at, `stage '${name}': 'rollout' is for workers that take one item, and inChunks makes one that takes many; roll out the function of one item, or leave 'rollout' out`)
}

function tapOf(origin: GraphNode): Tap {
  return { origin, operators: [], gates: [] }
}

/** What a sink commits at its end passes on only then. */
function sinkTap(node: SinkNode): Tap {
  const commitsAtEnd = (node.sink as { readonly commit?: string }).commit === 'run'
  return { origin: node, operators: [], gates: commitsAtEnd ? [{ kind: 'end', stage: node.name }] : [] }
}

function keyOperator(node: GraphNode): readonly Operator[] {
  return node.kind === 'key' ? [{ kind: 'key', key: node.key }] : []
}
