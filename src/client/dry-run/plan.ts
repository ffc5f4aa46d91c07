// The plan as a dry run runs it: sources give the sample, sinks take everything and write nothing, retries do not wait, and each stage is watched.
// Names, stages and topics stay as they are, so that what is seen is what a run does.
import { checkOutcome, inChunks, readChunkWorker } from '../../pipeline/chunk-worker.ts'
import type { Meta } from '../../model/item.ts'
import type { Reducer } from '../../model/reducer.ts'
import type { Worker } from '../../model/worker.ts'
import type { InputPlan, Operator, Plan, StagePlan } from '../../plan/plan.ts'
import type { Sink } from '../../sink.ts'
import type { Source } from '../../source.ts'
import { withoutWaiting } from './measured-executor.ts'
import type { Observation } from './observation.ts'

export interface Stubs {
  readonly sourceOf: (name: string) => Source<unknown>
  readonly observationOf: (stage: string) => Observation
}

export function dryPlan(plan: Plan, stubs: Stubs): Plan {
  return { ...plan, tolerate: undefined, stages: plan.stages.map(stage => dryStage(stage, stubs)) }
}

function dryStage(stage: StagePlan, stubs: Stubs): StagePlan {
  const observation = stubs.observationOf(stage.name)
  const inputs = stage.inputs.map(input => dryInput(input, stubs, observation))
  switch (stage.kind) {
    case 'work': return { ...stage, inputs, worker: watched(stage.worker, observation), settings: { ...stage.settings, backoff: { type: 'fixed', delay: '0ms', jitter: false }, tolerate: undefined } }
    case 'reduce': return { ...stage, inputs, reducer: timedReducer(stage.reducer, observation) }
    case 'sink': return { ...stage, inputs, sink: new IdleSink(stage.sink.name) }
    default: return { ...stage, inputs }
  }
}

function dryInput({ from, operators, ...input }: InputPlan, { sourceOf }: Stubs, observation: Observation): InputPlan {
  const look: Operator = { kind: 'filter', keep: item => (observation.took(item), true) }
  const sampled: InputPlan['from'] = from.kind === 'source' ? { ...from, source: sourceOf(from.name) } : from.kind === 'topic' ? { ...from, position: undefined } : from
  return { ...input, from: sampled, operators: [...operators.map(operator => timedOperator(operator, observation)), look] }
}

function timedOperator(operator: Operator, observation: Observation): Operator {
  switch (operator.kind) {
    case 'map': return { ...operator, transform: timed(operator.transform, observation) }
    case 'filter': return { ...operator, keep: timed(operator.keep, observation) }
    case 'flatMap': return { ...operator, transform: timed((item, meta) => Array.from(operator.transform(item, meta)), observation) }
    case 'key': return { ...operator, key: timed(operator.key, observation) }
    default: return operator
  }
}

function timed<Result>(call: (item: any, meta: Meta) => Result, observation: Observation): (item: any, meta: Meta) => Result {
  return (item, meta) => {
    const beganMs = performance.now()
    try {
      return call(item, meta)
    } finally {
      observation.operatorsMs += performance.now() - beganMs
    }
  }
}

function timedReducer(reducer: Reducer<any, any, any>, observation: Observation): Reducer<any, any, any> {
  return {
    create: () => reducer.create(),
    add: (sum, item, meta) => {
      const beganMs = performance.now()
      const added: unknown = reducer.add(sum, item, meta)
      observation.called(beganMs, 1)
      return added
    },
    merge: (a, b) => reducer.merge(a, b) as unknown,
    extract: sum => reducer.extract(sum) as unknown,
  }
}

/** A worker of chunks is called by the runtime itself, where no executor sees it. */
function watched(worker: Worker<any, any>, observation: Observation): Worker<any, any> {
  const mark = readChunkWorker(worker)
  if (!mark) return worker
  return inChunks<unknown, unknown>(async (items, context) => {
    const beganMs = performance.now()
    try {
      const outcome = checkOutcome(await (mark.chunkWorker(items, context) as Promise<void>), items.length)
      outcome.forEach((entry, index) => { if (!(entry instanceof Error)) observation.gave(entry === undefined ? items[index] : entry) })
      return outcome.map(entry => withoutWaiting(entry))
    } finally {
      observation.called(beganMs, items.length)
    }
  }, { size: mark.size })
}

class IdleSink implements Sink<unknown> {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  async write(): Promise<void> {}
}
