// Plans of pipelines written as users write them.
import assert from 'node:assert/strict'
import { PlanError } from '../../src/model/errors.ts'
import { buildGraph } from '../../src/pipeline/build.ts'
import type { Flow } from '../../src/pipeline/flow.ts'
import { pipeline } from '../../src/pipeline/pipeline.ts'
import type { Outputs, Stream } from '../../src/pipeline/stream.ts'
import type { InputPlan, Plan, StagePlan } from '../../src/plan/plan.ts'
import { planOf, type PlanOptions } from '../../src/plan/planner.ts'
import { listed } from '../pipeline/building.ts'

export const pass = () => {}
export const sinkCalled = (name: string, more: object = {}) => ({ name, write: async () => {}, ...more })

/** `numbers` is a source that is part of the plan only where something reads it. */
export function planned(build: (numbers: Stream<number>, flow: Flow) => Outputs | void, options?: PlanOptions): Plan {
  return planOf(buildGraph(pipeline('test', flow => build(flow.source('numbers', listed<number>([])), flow))), options)
}

export function stageIn(plan: Plan, name: string): StagePlan {
  return plan.stages.find(stage => stage.name === name) ?? assert.fail(`no stage '${name}' among ${namesIn(plan).join(', ')}`)
}

export const namesIn = (plan: Plan) => plan.stages.map(({ name }) => name)

/** 'source numbers: map, filter | barrier all' */
export function inputText({ name, from, operators, gates }: InputPlan): string {
  const parts = operators.map(operator => (operator.kind === 'route' ? `route ${operator.route}` : operator.kind))
  const held = gates.map(gate => `${gate.kind} ${gate.kind === 'barrier' ? gate.name : gate.stage}`)
  return [`${from.kind} ${name}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`, ...held].join(' | ')
}

export const inputsOf = (plan: Plan, name: string) => stageIn(plan, name).inputs.map(inputText)
export const topicIn = (plan: Plan, name: string) => plan.topics.find(topic => topic.name === name)

export function refusedPlan(build: (numbers: any, flow: any) => void): PlanError {
  try {
    planned(build)
  } catch (error) {
    assert.ok(error instanceof PlanError, String(error))
    return error
  }
  return assert.fail('nothing was refused')
}
