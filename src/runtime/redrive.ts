// Sends dead letters back: each moves, in one commit, to the retry topic of the stage and shard that failed it, never to that stage's
// input, which would rerun sibling copies.
import type { Append, Log, Progress } from '../log.ts'
import { decodeItems, encodeItems, endOf, type FullItems, type Items } from '../model/items.ts'
import { addRange, advance, covers, type Range } from '../model/ranges.ts'
import type { Failure, RetryState } from '../model/item.ts'
import { dateAt } from '../model/time.ts'
import { retryDelaysMs } from '../plan/topics.ts'
import { deadLetterTopic, retryTopic, type RunNames } from './names.ts'

export interface Selection {
  readonly ids?: readonly string[] | undefined
  /** Only failures whose error message or name holds this text. */
  readonly error?: string | undefined
}

export interface Redriven {
  readonly appends: readonly Append[]
  readonly progress: readonly Progress[]
  readonly count: number
}

const subscriptionOf = (names: RunNames, stage: string) => `${names.scope}/${stage}/redrive`

export async function redriveOf(log: Log, names: RunNames, stage: string, lanes: number, selection: Selection, now: number): Promise<Redriven> {
  const subscription = subscriptionOf(names, stage)
  const before = await log.progress(subscription)
  const parts = await Promise.all(Array.from({ length: lanes }, (_, lane) => redriveLane(log, names, stage, lane, before.find(({ partition }) => partition === lane), selection, now)))
  return { appends: parts.flatMap(part => part.appends), progress: parts.flatMap(part => part.progress.map(progress => ({ ...progress, subscription }))), count: parts.reduce((sum, { count }) => sum + count, 0) }
}

async function redriveLane(log: Log, names: RunNames, stage: string, lane: number, before: Progress | undefined, selection: Selection, now: number): Promise<Redriven> {
  const topic = names.topic(deadLetterTopic(stage))
  const done = [...(before?.done ?? [])] as Range[]
  let mark = before?.mark ?? 0
  const revivals: Items[] = []
  let count = 0
  for await (const { offset, next, items, isEnd } of deadLettersFrom(log, topic, lane, mark)) {
    if (isEnd) addRange(done, offset, next)
    const chosen = isEnd ? [] : items.values.map((_, index) => index).filter(index => offset + index >= mark && !covers(done, offset + index) && isSelected(items, index, selection))
    for (const index of chosen) addRange(done, offset + index, offset + index + 1)
    if (chosen.length > 0) revivals.push(revived(items, chosen, now))
    count += chosen.length
  }
  mark = advance(mark, done)
  const appends = revivals.map(each => ({ topic: names.topic(retryTopic(stage)), partition: lane * retryDelaysMs.length, chunk: encodeItems(each) }))
  return { appends, progress: count > 0 ? [{ subscription: '', topic, partition: lane, mark, done }] : [], count }
}

/** The failures of a stage that were not redriven. */
export async function* failuresOf(log: Log, names: RunNames, stage: string, lanes: number): AsyncGenerator<Failure<unknown>> {
  const before = await log.progress(subscriptionOf(names, stage))
  for (let lane = 0; lane < lanes; lane++) {
    const { mark = 0, done = [] } = before.find(({ partition }) => partition === lane) ?? {}
    for await (const { offset, items, isEnd } of deadLettersFrom(log, names.topic(deadLetterTopic(stage)), lane, mark)) {
      if (isEnd) continue
      for (let index = 0; index < items.values.length; index++) {
        if (offset + index >= mark && !covers(done, offset + index)) yield failureAt(items, index, stage)
      }
    }
  }
}

export function failureAt(items: Pick<FullItems, 'ids' | 'origins' | 'retries' | 'values'>, index: number, stage: string): Failure<unknown> {
  const state = items.retries![index]!
  return { ...failureOf(state, { id: items.ids.at(index), origin: items.origins.at(index), stage, item: items.values[index] }), history: state.history }
}

export function failureOf({ reason = 'attempts', attempts, history }: RetryState, item: Pick<Failure<unknown>, 'id' | 'origin' | 'stage' | 'item'>): Failure<unknown> {
  const last = history.at(-1)!
  return { ...item, reason, error: last.error, attempts, at: dateAt(last.at) }
}

interface DeadLetters {
  readonly offset: number
  readonly next: number
  readonly items: FullItems
  readonly isEnd: boolean
}

async function* deadLettersFrom(log: Log, topic: string, partition: number, from: number): AsyncGenerator<DeadLetters> {
  for (let cursor = from; ; ) {
    const chunks = await log.read({ topic, partition }, cursor, { chunks: 16 })
    if (chunks.length === 0) return
    for (const chunk of chunks) {
      yield { offset: chunk.offset, next: chunk.next, items: decodeItems(chunk), isEnd: endOf(chunk) !== undefined }
      cursor = chunk.next
    }
  }
}

function isSelected(items: FullItems, index: number, { ids, error }: Selection): boolean {
  if (ids && !ids.includes(items.ids.at(index))) return false
  const last = items.retries![index]!.history.at(-1)!.error
  return error === undefined || `${last.name}: ${last.message}`.includes(error)
}

/** Attempts count anew; the history is kept. */
function revived(items: FullItems, chosen: readonly number[], now: number): Items {
  const { times } = items
  return {
    values: chosen.map(index => items.values[index]),
    ids: items.ids.pick(chosen),
    origins: items.origins.pick(chosen),
    keys: items.keys && chosen.map(index => items.keys![index]!),
    headers: items.headers && chosen.map(index => items.headers![index]!),
    times: typeof times === 'number' ? times : chosen.map(index => times[index]!),
    retries: chosen.map(index => ({ ...items.retries![index]!, attempts: 0, dueAt: now, reason: undefined })),
  }
}
