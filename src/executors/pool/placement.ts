// Which host is next to take items, and which is set apart for suspects. Pure.

interface Place {
  readonly ready: boolean
  /** Set apart for suspects. */
  readonly apart: boolean
  readonly tasks: { readonly size: number }
}

/** Of those not set apart. */
export function emptiestOf<P extends Place>(places: readonly P[]): P | undefined {
  let emptiest: P | undefined
  for (const place of places) {
    if (place.ready && !place.apart && place.tasks.size < (emptiest?.tasks.size ?? Infinity)) emptiest = place
  }
  return emptiest
}

/**
 * The next to be set apart. The first is emptied for it, unless one that replaces a dead host is on its way; half of them at most are apart while
 * others wait.
 */
export function nextApart<P extends Place>(places: readonly P[], doOthersWait: boolean): P | undefined {
  const emptiest = emptiestOf(places)
  const isEmpty = emptiest?.tasks.size === 0
  const count = places.filter(({ apart }) => apart).length
  if (count === 0) return isEmpty || places.every(({ ready }) => ready) ? emptiest : undefined
  return isEmpty && count < (doOthersWait ? places.length >> 1 : places.length) ? emptiest : undefined
}
