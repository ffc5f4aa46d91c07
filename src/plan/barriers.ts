// What each barrier waits for: the topics it holds, and the stages before it whose failures shut it.
import type { BarrierNode, Graph } from '../pipeline/graph.ts'
import type { BarrierPlan, OutputPlan, StagePlan } from './plan.ts'
import { topicOf } from './topics.ts'

export function barriersOf(graph: Graph, stages: readonly StagePlan[], outputs: readonly OutputPlan[]): readonly BarrierPlan[] {
  return graph.nodes.filter(node => node.kind === 'barrier').map(node => barrierOf(node, stages, outputs))
}

function barrierOf({ name, at, tolerate }: BarrierNode, stages: readonly StagePlan[], outputs: readonly OutputPlan[]): BarrierPlan {
  const behind = [...stages, ...outputs].flatMap(({ inputs }) => inputs).filter(({ gates }) => gates.some(gate => gate.kind === 'barrier' && gate.name === name))
  const topics = [...new Set(behind.map(topicOf).filter(topic => topic !== undefined))]
  return { name, at, tolerate, topics, before: [...stagesBefore(topics, stages)] }
}

function stagesBefore(topics: readonly string[], stages: readonly StagePlan[], found = new Set<string>()): Set<string> {
  for (const stage of stages) {
    if (!topics.includes(stage.output) || found.has(stage.name)) continue
    found.add(stage.name)
    const open = stage.inputs.filter(({ gates }) => !gates.some(gate => gate.kind === 'barrier'))
    stagesBefore(open.map(topicOf).filter(topic => topic !== undefined), stages, found)
  }
  return found
}
