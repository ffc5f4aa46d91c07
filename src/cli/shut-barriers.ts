// The barriers that stayed shut, with the items that shut them.
import type { Log } from '../log.ts'
import type { Failure } from '../model/item.ts'
import { exceeds } from '../model/values.ts'
import { totalOf } from '../runtime/counts.ts'
import { failuresOf } from '../runtime/redrive.ts'
import type { Run } from '../runtime/run.ts'

export interface ShutBarrier {
  readonly name: string
  /** Failed items over the stages before it. */
  readonly failed: number
  /** The first of them. */
  readonly items: readonly Failure<unknown>[]
}

const itemsMax = 10

export async function shutBarriers(log: Log, run: Run): Promise<readonly ShutBarrier[]> {
  const opened = new Set((await log.scan(run.names.store('barriers'))).map(({ key }) => key))
  const { counts } = run
  const shut = run.plan.barriers.filter(({ name, before, tolerate }) => {
    const own = before.map(stage => counts[stage]!)
    return !opened.has(name) && exceeds(tolerate, failedIn(own), totalOf(own.map(counts => ({ ...counts, units: counts.done + counts.failed }))))
  })
  return Promise.all(shut.map(async ({ name, before }) => ({ name, failed: failedIn(before.map(stage => counts[stage]!)), items: await itemsOf(log, run, before) })))
}

function failedIn(counts: readonly { readonly failed: number }[]): number {
  return counts.reduce((sum, { failed }) => sum + failed, 0)
}

async function itemsOf(log: Log, { plan, names }: Run, stages: readonly string[]): Promise<readonly Failure<unknown>[]> {
  const items: Failure<unknown>[] = []
  for (const { name, lanes } of plan.stages.filter(stage => stages.includes(stage.name))) {
    for await (const failure of failuresOf(log, names, name, lanes)) {
      if (items.push(failure) === itemsMax) return items
    }
  }
  return items
}
