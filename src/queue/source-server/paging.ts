// A list in pages. A page begins after the last name of the one before, so names that come and go meanwhile make it neither skip nor repeat others.

export function pageOf(sorted: readonly string[], after: string | undefined, limit: number): { readonly items: readonly string[]; readonly remaining: number } {
  const from = after === undefined ? 0 : firstAfter(sorted, after)
  const items = sorted.slice(from, from + limit)
  return { items, remaining: sorted.length - from - items.length }
}

export function tokenAfter(name: string): string {
  return Buffer.from(name).toString('base64url')
}

/** Undefined for what was never a token. Any other text is a place in the list. */
export function afterToken(token: string): string | undefined {
  return /^[\w-]{1,2000}$/.test(token) ? Buffer.from(token, 'base64url').toString() : undefined
}

function firstAfter(sorted: readonly string[], name: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! <= name) low = middle + 1
    else high = middle
  }
  return low
}
