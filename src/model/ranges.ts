// Sets of offsets as sorted, disjoint half-open ranges: progress above a low-water mark costs a few numbers, however many items it covers.

export type Range = readonly [from: number, to: number]

/** Adds [from, to) and melts it into its neighbours. Appending at the end, the usual case, is O(1). */
export function addRange(ranges: Range[], from: number, to: number): void {
  if (from >= to) return
  let first = ranges.length
  while (first > 0 && ranges[first - 1]![1] >= from) first--
  let last = first
  while (last < ranges.length && ranges[last]![0] <= to) last++
  const start = first < last ? Math.min(from, ranges[first]![0]) : from
  const end = first < last ? Math.max(to, ranges[last - 1]![1]) : to
  ranges.splice(first, last - first, [start, end])
}

export function covers(ranges: readonly Range[], offset: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[middle]![1] > offset) high = middle
    else low = middle + 1
  }
  return low < ranges.length && ranges[low]![0] <= offset
}

/** Moves the mark over what is done right above it; the ranges it passed are removed. */
export function advance(mark: number, ranges: Range[]): number {
  while (ranges.length > 0 && ranges[0]![0] <= mark) mark = Math.max(mark, ranges.shift()![1])
  return mark
}
