// What a pipeline may not be: two stages of one name, a stage called like a topic, a cycle.
import { PlanError } from '../model/errors.ts'
import type { Graph, GraphNode } from '../pipeline/graph.ts'
import { isTopic } from '../pipeline/topic.ts'
import type { StagePlan } from './plan.ts'

export function checkNames({ nodes }: Graph): void {
  const seen = new Map<string, GraphNode>()
  for (const node of nodes) {
    if (!('name' in node) || node.kind === 'topic') continue
    const other = seen.get(node.name)
    if (other) throw new PlanError(node.name, node.at, `two stages are called '${node.name}', the other at ${other.at}: progress and results are kept by name, so give one of them another`)
    seen.set(node.name, node)
  }
}

/** A stage's results go to a topic of its own name: no other stage, and no topic of the user's, may be called so. */
export function checkOutputs({ nodes }: Graph, stages: readonly StagePlan[]): void {
  const usersTopics = new Set(nodes.map(node => (node.kind === 'topic' ? node.topic : node.kind === 'sink' ? node.sink : undefined)).filter(isTopic).map(topic => topic.name))
  const seen = new Map<string, StagePlan>()
  for (const stage of stages) {
    const other = seen.get(stage.name)
    if (other) throw new PlanError(stage.name, stage.at, `two stages are called '${stage.name}', the other at ${other.at}: one of them is the queue of a stage with priorities, so give a stage another name`)
    seen.set(stage.name, stage)
    if (!stage.topic && usersTopics.has(stage.output)) throw new PlanError(stage.name, stage.at, `stage '${stage.name}' is called like the topic '${stage.output}' that the pipeline uses: its results would be taken for items of the topic, so give the stage another name`)
  }
}

/** Streams cannot form a cycle by themselves; topics written and read by name can. */
export function checkCycles(stages: readonly StagePlan[]): void {
  const done = new Set<StagePlan>()
  for (const stage of stages) visit(stage, [], stages, done)
}

function visit(stage: StagePlan, path: readonly StagePlan[], stages: readonly StagePlan[], done: Set<StagePlan>): void {
  if (done.has(stage)) return
  const from = path.indexOf(stage)
  if (from >= 0) throw cycle(path.slice(from))
  for (const next of stages.filter(other => other.inputs.some(input => readsFrom(input.from, stage)))) visit(next, [...path, stage], stages, done)
  done.add(stage)
}

function readsFrom(from: StagePlan['inputs'][number]['from'], stage: StagePlan): boolean {
  if (from.kind === 'topic') return from.topic === stage.output
  return from.kind === 'dead-letters' && from.stage === stage.name
}

function cycle(path: readonly StagePlan[]): PlanError {
  const first = path[0]!
  const steps = [...path.flatMap(stepsOf), stepsOf(first)[0]]
  return new PlanError(first.name, first.at, `the pipeline feeds itself: ${steps.join(' -> ')}; an item would go round for ever. Write to another topic, or read from another`)
}

function stepsOf({ kind, name, output, topic }: StagePlan): readonly string[] {
  return [...(kind === 'relay' && topic ? [] : [`'${name}'`]), ...(topic ? [`topic '${output}'`] : [])]
}
