// Shares the allowed parallelism among the Jobs of a queue. Pure. A Job takes as many places as it may have pods, but never more than it has items left;
// what the oldest leaves over goes to the next. It is seldom handed over, for each time costs a write.

export interface Running {
  readonly name: string
  readonly parallelism: number
  /** Pods still to end. */
  readonly left: number
}

export interface Allotment {
  /** Places for a new Job; 0: none is to be started now. */
  readonly places: number
  readonly raised: readonly { readonly name: string; readonly parallelism: number }[]
}

/** Fewer free places than this share of all are not handed over while others are at work. */
const shareWorthAWrite = 0.25

export function allot(running: readonly Running[], parallelism: number, isMoreWaiting: boolean): Allotment {
  const taken = running.reduce((sum, job) => sum + Math.min(job.parallelism, job.left), 0)
  const free = parallelism - taken
  if (free <= 0 || (taken > 0 && free < parallelism * shareWorthAWrite)) return { places: 0, raised: [] }
  const raised: { readonly name: string; readonly parallelism: number }[] = []
  let rest = free
  for (const { name, parallelism: now, left } of running) {
    const more = Math.min(rest, left - now)
    if (more <= 0) continue
    raised.push({ name, parallelism: now + more })
    rest -= more
  }
  return { places: isMoreWaiting ? rest : 0, raised }
}
