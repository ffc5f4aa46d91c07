// Interval lists of a Job's status, '0,3-5', as sets of indexes.

/** Throws RangeError for what is none, or goes beyond `count`. */
export function parseIndexes(text: string | undefined, count: number): ReadonlySet<number> {
  const indexes = new Set<number>()
  if (!text) return indexes
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    const from = Number(match?.[1])
    const to = Number(match?.[2] ?? match?.[1])
    if (!match || to < from || to >= count) throw new RangeError(`'${part}' in the interval list '${text.slice(0, 100)}' is no interval of indexes below ${count}`)
    for (let index = from; index <= to; index++) indexes.add(index)
  }
  return indexes
}

export function formatIndexes(indexes: Iterable<number>): string {
  const parts: string[] = []
  let from = -1
  let to = -1
  const close = (): void => void (from >= 0 && parts.push(from === to ? String(from) : `${from}-${to}`))
  for (const index of [...indexes].toSorted((left, right) => left - right)) {
    if (index !== to + 1 || from < 0) {
      close()
      from = index
    }
    to = index
  }
  close()
  return parts.join(',')
}
