// Reads what a run gave at one of its outputs: the items of the topics behind it, through the operators on the way. Behind a barrier that is
// shut there is nothing.
import type { Log } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import { decodeItems, endOf } from '../model/items.ts'
import type { InputPlan, Plan } from '../plan/plan.ts'
import { board, boardingOf } from './board.ts'
import { partitionsOf, type RunNames } from './names.ts'
import { failureOf } from './redrive.ts'

export async function* resultsIn(log: Log, plan: Plan, names: RunNames, name: string): AsyncGenerator {
  const output = plan.outputs.find(each => each.name === name)
  if (!output) throw new BatchworkError('NO_OUTPUT', `pipeline '${plan.pipeline}' returns no output '${name}'; it returns ${plan.outputs.map(each => `'${each.name}'`).join(', ') || 'none'}`)
  for (const input of output.inputs) if (await isOpen(log, plan, names, input)) yield* itemsOf(log, plan, names, input)
}

/** Whether the run has opened every gate on the way, once. */
async function isOpen(log: Log, plan: Plan, names: RunNames, { gates }: InputPlan): Promise<boolean> {
  const barriers = gates.filter(gate => gate.kind === 'barrier').map(({ name }) => name)
  const ends = gates.filter(gate => gate.kind === 'end').flatMap(gate => Array.from({ length: plan.stages.find(({ name }) => name === gate.stage)!.lanes }, (_, lane) => `${gate.stage}/${lane}`))
  const found = await Promise.all([log.get(names.store('barriers'), barriers), log.get(names.store('ends'), ends)])
  return found.flat().length === new Set(barriers).size + ends.length
}

async function* itemsOf(log: Log, plan: Plan, names: RunNames, input: InputPlan): AsyncGenerator {
  const topic = (input.from as { readonly topic: string }).topic
  const known = plan.topics.find(each => each.name === topic)
  const lanes = input.from.kind === 'dead-letters' ? plan.stages.find(({ name }) => name === (input.from as { readonly stage: string }).stage)!.lanes : partitionsOf(known!)
  for (let partition = 0; partition < lanes; partition++) {
    for (let cursor = 0; ; ) {
      const chunks = await log.read({ topic: names.topic(topic), partition }, cursor, { chunks: 16 })
      if (chunks.length === 0) break
      for (const chunk of chunks) {
        cursor = chunk.next
        if (!endOf(chunk)) yield* board(boarding(input), originOf(input), chunk.offset, decodeItems(chunk)).units.values
      }
    }
  }
}

function boarding(input: InputPlan) {
  const operators = input.from.kind === 'dead-letters' ? [{ kind: 'failure' as const, stage: input.from.stage, failureOf }, ...input.operators] : input.operators
  const refuse = (error: unknown): never => {
    throw error
  }
  return boardingOf([[input.name, operators]], () => 0, refuse)
}

function originOf(input: InputPlan) {
  return { input: input.name, lane: 0, partition: 0, complete: () => {} }
}
