// Everything that happened to one item and to what came of it, read from the outcome records of a run.
import type { Log } from '../log.ts'
import { decodeItems } from '../model/items.ts'
import { Names, type NamesJson } from '../model/names.ts'
import type { FlightOutcome, OutcomeRecord } from '../runtime/outcomes.ts'
import { outcomesTopic } from '../runtime/names.ts'

export interface TraceStep {
  /** The run it happened in: ids of a source's items are the same in every run. */
  readonly run: string
  /** The item, or what came of it: parent/stage/ordinal. */
  readonly id: string
  readonly stage: string
  readonly attempt: number
  /** When its work began. */
  readonly startedAt: Date
  /** When its outcome was committed. */
  readonly at: Date
  /** 'done', 'dropped', 'failed, tried again ...' or 'failed for good'. */
  readonly event: string
}

export async function traceOf(log: Log, id: string): Promise<readonly TraceStep[]> {
  const steps: TraceStep[] = []
  const topics = (await log.topics()).map(({ name }) => name).filter(name => name.endsWith(`/${outcomesTopic}`))
  for (const topic of topics) {
    for (let cursor = 0; ; ) {
      const chunks = await log.read({ topic, partition: 0 }, cursor, { chunks: 64 })
      if (chunks.length === 0) break
      for (const chunk of chunks) {
        cursor = chunk.next
        for (const value of decodeItems(chunk).values) steps.push(...stepsIn(topic.slice(0, -outcomesTopic.length - 1), JSON.parse(String(value)) as OutcomeRecord, chunk.at, id))
      }
    }
  }
  return steps.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime() || a.at.getTime() - b.at.getTime() || a.id.length - b.id.length)
}

function stepsIn(run: string, { stage, flights }: OutcomeRecord, at: number, id: string): readonly TraceStep[] {
  return flights.flatMap(flight => flightSteps(flight, id).map(({ startedAt = flight.startedAt, ...step }) => ({ run, stage, startedAt: new Date(startedAt), at: new Date(at), ...step })))
}

function flightSteps({ done, attempts, dropped, failed, moved, mapped }: FlightOutcome, id: string): readonly { readonly id: string; readonly attempt: number; readonly event: string; readonly startedAt?: number }[] {
  return [
    ...related(done, id).map(({ name, index }) => ({ id: name, attempt: attempts?.[index] ?? 1, event: 'done' })),
    ...(mapped ?? []).filter(part => isIn(part, id)).map(() => ({ id, attempt: 1, event: 'mapped with its part of the source' })),
    ...related(dropped, id).map(({ name }) => ({ id: name, attempt: 1, event: 'dropped by a filter or route' })),
    ...(moved ?? []).filter(each => isRelated(each.id, id)).map(each => ({ id: each.id, attempt: 0, event: `given to shard '${each.to}'` })),
    ...(failed ?? []).filter(failure => isRelated(failure.id, id)).map(({ id: name, attempt, error, next, dueAt }) => ({
      id: name, attempt, event: next === 'dead' ? `failed for good: ${error.name}: ${error.message}` : `failed, again after ${new Date(dueAt).toISOString()}: ${error.name}: ${error.message}`,
    })),
  ]
}

function related(json: NamesJson | undefined, id: string): readonly { readonly name: string; readonly index: number }[] {
  if (!json) return []
  const found: { name: string; index: number }[] = []
  let index = 0
  for (const name of Names.fromJson(json)) {
    if (isRelated(name, id)) found.push({ name, index })
    index++
  }
  return found
}

/** 'access log:3:17' is item 17 of what begins with 'access log:3:'. */
function isIn([prefix, items]: readonly [string, number], id: string): boolean {
  const ordinal = id.startsWith(prefix) ? id.slice(prefix.length).split('/')[0]! : ''
  return /^\d+$/.test(ordinal) && Number(ordinal) < items
}

function isRelated(name: string, id: string): boolean {
  return name === id || name.startsWith(`${id}/`) || id.startsWith(`${name}/`)
}

