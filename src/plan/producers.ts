// Which stages give what an input reads.
import type { Plan, StagePlan } from './plan.ts'

export function producersOf(from: Exclude<StagePlan['inputs'][number]['from'], { readonly kind: 'source' }>, { stages, topics }: Plan): readonly StagePlan[] {
  const names = from.kind === 'dead-letters' ? [from.stage] : (topics.find(({ name }) => name === from.topic)?.producers ?? [])
  return stages.filter(({ name }) => names.includes(name))
}

/** All stages whose results it gets, by whatever way; not itself. */
export function stagesBefore(stage: StagePlan, plan: Plan): ReadonlySet<StagePlan> {
  const found = new Set([stage])
  // A set goes on with what is added to it meanwhile.
  for (const { inputs } of found) for (const { from } of inputs) if (from.kind !== 'source') for (const producer of producersOf(from, plan)) found.add(producer)
  found.delete(stage)
  return found
}
