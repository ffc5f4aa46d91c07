// Where a subscription begins that was never there before.
import type { Log, TopicInfo } from '../log.ts'
import type { Position } from '../model/values.ts'

/** Times are those of the chunks: when the items were appended. */
export async function offsetAt(log: Log, topic: TopicInfo, partition: number, position: Position): Promise<number> {
  const { start, end } = topic.extents[partition]!
  if (position === 'beginning') return start
  if (position === 'now') return end
  return 'offset' in position ? Math.min(Math.max(position.offset, start), end) : firstSince(log, topic.name, partition, start, end, position.time.getTime())
}

async function firstSince(log: Log, topic: string, partition: number, start: number, end: number, timeMs: number): Promise<number> {
  let [low, high] = [start, end]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [chunk] = await log.read({ topic, partition }, middle)
    if (!chunk || chunk.at >= timeMs) high = middle
    else low = chunk.next
  }
  return low
}
