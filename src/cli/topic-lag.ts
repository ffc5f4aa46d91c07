// How many items of a topic wait behind each of its subscriptions, in all and by partition. Where offsets leave gaps they say nothing of items: what waits is
// read and counted, up to a bound; what lies behind that is guessed from what was read.
import type { Log, PartitionId, Progress, TopicInfo } from '../log.ts'
import type { Range } from '../model/ranges.ts'
import { endOf } from '../model/items.ts'

export interface TopicLag {
  readonly subscription: string
  readonly waiting: number
  /** Counted, all of it. */
  readonly isExact: boolean
  /** Waiting in each. */
  readonly partitions: readonly number[]
}

/** Of all partitions together; a look may take a second, not a minute. */
const bytesReadMax = 64_000_000
const readAtOnce = { chunks: 256, bytes: 4_000_000 }

interface Reader {
  readonly subscription: string
  readonly progress: readonly Progress[]
  readonly counts: number[]
}

export async function lagsOf(log: Log, info: TopicInfo, bytesMax = bytesReadMax): Promise<readonly TopicLag[]> {
  const readers: readonly Reader[] = await Promise.all(info.subscriptions.map(async subscription => ({ subscription, progress: await log.progress(subscription), counts: [] })))
  const budget = { bytes: bytesMax }
  let isExact = true
  for (let partition = 0; partition < info.partitions; partition++) isExact = await countIn(log, info, partition, readers, budget) && isExact
  return readers.map(({ subscription, counts }) => ({ subscription, waiting: counts.reduce((sum, count) => sum + count, 0), isExact, partitions: counts }))
}

/** Gives whether all was counted. */
async function countIn(log: Log, { name: topic, extents }: TopicInfo, partition: number, readers: readonly Reader[], budget: { bytes: number }): Promise<boolean> {
  const { start, end } = extents[partition]!
  const waits = readers.map(({ progress }) => waitingRanges(progress.find(each => each.topic === topic && each.partition === partition), start, end))
  const add = (from: number, to: number, weight = 1) => readers.forEach(({ counts }, index) => {
    const offsets = waits[index]!.reduce((sum, [first, after]) => sum + Math.max(0, Math.min(after, to) - Math.max(first, from)), 0)
    counts[partition] = (counts[partition] ?? 0) + Math.round(offsets * weight)
  })
  const first = Math.min(end, ...waits.flatMap(ranges => ranges.slice(0, 1).map(([from]) => from)))
  if (log.offsetsPerChunk === undefined) {
    add(first, end)
    return true
  }
  add(first, first)
  const { at, perOffset } = await countRead(log, { topic, partition }, { first, end, budget, add })
  if (at < end) add(at, end, perOffset)
  return at >= end
}

interface Counting {
  readonly first: number
  readonly end: number
  readonly budget: { bytes: number }
  readonly add: (from: number, to: number) => void
}

/** Counts chunk by chunk. `at`: how far; `perOffset`: items for each offset passed. */
async function countRead(log: Log, id: PartitionId, { first, end, budget, add }: Counting): Promise<{ readonly at: number; readonly perOffset: number }> {
  let [at, items] = [first, 0]
  while (at < end && budget.bytes > 0) {
    const chunks = await log.read(id, at, readAtOnce)
    if (chunks.length === 0) return { at: end, perOffset: 0 }
    for (const chunk of chunks) {
      budget.bytes -= chunk.values.length
      at = Math.max(at, chunk.next)
      if (chunk.offset >= end || endOf(chunk)) continue
      items += chunk.count
      add(chunk.offset, chunk.offset + chunk.count)
    }
  }
  return { at, perOffset: at > first ? items / (at - first) : 1 / log.offsetsPerChunk! }
}

/** What a subscription has not done between the beginning and the end of a partition. */
function waitingRanges(progress: Progress | undefined, start: number, end: number): readonly Range[] {
  const waiting: Range[] = []
  let from = Math.max(start, progress?.mark ?? start)
  for (const [doneFrom, doneTo] of progress?.done ?? []) {
    if (doneFrom > from) waiting.push([from, Math.min(doneFrom, end)])
    from = Math.max(from, doneTo)
  }
  if (from < end) waiting.push([from, end])
  return waiting
}
