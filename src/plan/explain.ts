// A plan in words: what each stage is, what was fused into it, what is stored and why, what holds it back. The tree, the diagram and the
// JSON are drawn from these facts.
import { readLimit } from '../pipeline/limit.ts'
import type { InputPlan, Operator, Plan, StagePlan, TopicPlan } from './plan.ts'

export interface StageFacts {
  readonly name: string
  readonly kind: 'work' | 'reduce' | 'batch' | 'sink' | 'store' | 'sharder' | 'priority queue' | 'topic writer'
  /** File, line and column. */
  readonly at: string
  readonly inputs: readonly InputFacts[]
  readonly shards: readonly string[]
  /** 'threads 2', 'attempts 3': what the pipeline says about it. */
  readonly settings: readonly string[]
  readonly result: ResultFacts
}

export interface InputFacts {
  readonly kind: 'source' | 'topic' | 'failures'
  /** Of the source, the topic, or the stage whose failures they are. */
  readonly from: string
  /** Operators that cost no hop: they run in this stage, before its own work. */
  readonly fused: readonly string[]
  readonly barriers: readonly string[]
  /** Sinks that must have finished. */
  readonly after: readonly string[]
}

export interface ResultFacts {
  readonly topic: string | undefined
  /** 'not stored': nobody reads it. 'kept whole': bounded by the disk alone, for what waits behind a barrier must not hold back the rest. */
  readonly storage: 'not stored' | 'bounded' | 'kept whole' | 'kept as a result' | "a topic of the user's"
  readonly readers: readonly string[]
}

export interface PlanFacts {
  readonly pipeline: string
  readonly hash: string
  readonly tolerate: number | string | undefined
  readonly stages: readonly StageFacts[]
  readonly barriers: readonly { readonly name: string; readonly before: readonly string[]; readonly holds: readonly string[]; readonly tolerate: number | string }[]
  readonly outputs: readonly { readonly name: string; readonly from: readonly string[] }[]
  /** Topics read that no stage of the plan writes. */
  readonly topics: readonly string[]
}

export function factsOf(plan: Plan): PlanFacts {
  const stages = plan.stages.map(stage => stageFacts(stage, plan))
  return {
    pipeline: plan.pipeline, hash: plan.hash, tolerate: plan.tolerate, stages,
    barriers: plan.barriers.map(({ name, before, tolerate }) => ({ name, before, tolerate, holds: stages.filter(({ inputs }) => inputs.some(({ barriers }) => barriers.includes(name))).map(stage => stage.name) })),
    outputs: plan.outputs.map(({ name, inputs }) => ({ name, from: inputs.map(inputFacts).map(({ from }) => from) })),
    topics: plan.topics.filter(({ producers, name }) => producers.length === 0 && !name.endsWith('/dead-letters')).map(({ name }) => name),
  }
}

function stageFacts(stage: StagePlan, plan: Plan): StageFacts {
  const { name, at, inputs } = stage
  const shards = stage.shards.length > 0 ? stage.shards : stage.partitioning.shards
  return { name, at, kind: kindOf(stage), inputs: inputs.map(inputFacts), shards: shards.map(shard => shard.name), settings: settingsOf(stage), result: resultFacts(plan.topics.find(topic => topic.name === stage.output)) }
}

function inputFacts({ from, operators, gates }: InputPlan): InputFacts {
  return {
    kind: from.kind === 'dead-letters' ? 'failures' : from.kind,
    from: from.kind === 'source' ? from.name : from.kind === 'topic' ? from.topic : from.stage,
    fused: operators.map(operatorText).filter(text => text !== ''),
    barriers: gates.filter(gate => gate.kind === 'barrier').map(gate => gate.name),
    after: gates.filter(gate => gate.kind === 'end').map(gate => gate.stage),
  }
}

function operatorText(operator: Operator): string {
  switch (operator.kind) {
    case 'route': return `route '${operator.route}'`
    case 'schema': return 'schema'
    case 'key': return 'key'
    case 'failure': return ''
    default: return operator.kind
  }
}

function kindOf(stage: StagePlan): StageFacts['kind'] {
  if (stage.kind !== 'relay') return stage.kind
  return ({ source: 'store', shard: 'sharder', priority: 'priority queue', parts: 'store', key: 'store', topic: 'topic writer' } as const)[stage.reason]
}

function settingsOf(stage: StagePlan): readonly string[] {
  if (stage.kind === 'reduce') return [stage.isKeyed ? 'a table by key' : 'one result', ...stage.emit === undefined ? [] : [`emits ${typeof stage.emit === 'object' ? `every ${stage.emit.every}` : stage.emit}`]]
  if (stage.kind === 'batch') return batchSettings(stage)
  if (stage.kind === 'work') return workSettings(stage.settings)
  return stage.kind === 'relay' && stage.id ? ['drops duplicates by id'] : []
}

function batchSettings({ until: { count, size, within }, isKeyed }: Extract<StagePlan, { readonly kind: 'batch' }>): readonly string[] {
  const bounds = [...count === undefined ? [] : [`${count} items`], ...size === undefined ? [] : [size], ...within === undefined ? [] : [within]]
  return [`until ${bounds.join(' or ')}`, ...isKeyed ? ['by key'] : []]
}

function workSettings(settings: Extract<StagePlan, { readonly kind: 'work' }>['settings']): readonly string[] {
  const { limit, ordered, tolerate, hours } = settings
  const plain = (['threads', 'processes', 'concurrency', 'attempts', 'timeout', 'memory'] as const).filter(name => settings[name] !== undefined).map(name => `${name} ${settings[name]}`)
  const limits = (limit === undefined ? [] : [limit].flat()).map(each => `limit '${each.name}' (${limitText(readLimit(each))})`)
  return [...plain, ...limits, ...ordered ? ['in order of keys'] : [], ...hours === undefined ? [] : [`hours ${hours}`], ...tolerate === undefined ? [] : [`tolerates ${tolerate} failed`]]
}

function limitText(options: ReturnType<typeof readLimit>): string {
  const { concurrency, perSecond } = options ?? {}
  return [...concurrency === undefined ? [] : [`${concurrency} at once`], ...perSecond === undefined ? [] : [`${perSecond} a second`]].join(', ')
}

function resultFacts(topic: TopicPlan | undefined): ResultFacts {
  if (!topic) return { topic: undefined, storage: 'not stored', readers: [] }
  return { topic: topic.name, readers: topic.readers, storage: storageOf(topic) }
}

function storageOf({ isShared, isKept, readers, boundedBy }: TopicPlan): ResultFacts['storage'] {
  if (isShared) return "a topic of the user's"
  if (isKept) return 'kept as a result'
  if (readers.length === 0) return 'not stored'
  return boundedBy.length === 0 ? 'kept whole' : 'bounded'
}
