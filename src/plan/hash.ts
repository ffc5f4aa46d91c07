// What makes two plans the same: names, kinds, inputs and partitions; not the code of the functions, which may be mended between two runs.
import { createHash } from 'node:crypto'
import type { StagePlan } from './plan.ts'

export function hashOf(stages: readonly StagePlan[]): string {
  const shape = stages.map(({ name, kind, lanes, output, inputs, partitioning: { shards, priority } }) => [
    name, kind, lanes, output, shards.map(shard => shard.name), priority !== undefined, inputs.map(input => [input.name, input.from.kind, input.operators.map(operator => operator.kind), input.gates]),
  ])
  return createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 16)
}
