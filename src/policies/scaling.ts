// How many workers a queue needs: enough that one is free before the next item comes. Pure. With processing time P, interarrival time A and
// parallelism N, a queue keeps up while P / N < A; a share of each worker's time, the headroom, is left unplanned for what varies.
//
//     items come in                    items can go out
//     1 / A a second        <=         N / P a second x (1 - headroom)

export interface QueueMeasures {
  /** How long a worker needs for an item, in milliseconds. Undefined: none was done yet. */
  readonly processingMs: number | undefined
  /** Between the arrivals of two items, in milliseconds. Undefined: nothing is known of arrivals, or none come. */
  readonly interarrivalMs: number | undefined
  /** Items that wait. */
  readonly backlog: number
  /** Items at work at the same time now. */
  readonly parallelism: number
}

export interface ScalingLimits {
  /** Never more than this. */
  readonly parallelismMax: number
  /** Share of the workers' time left unplanned, from 0 to below 1. */
  readonly headroom: number
  /** The backlog is to be gone in this time, in milliseconds. Undefined: when it may. */
  readonly drainWithinMs?: number | undefined
}

export type ScalingVerdict = 'unknown' | 'keeping up' | 'balanced with no slack' | 'losing ground'

export interface ScalingDecision {
  /** From 1 to the cap. */
  readonly parallelism: number
  /** Of the parallelism there is now. */
  readonly verdict: ScalingVerdict
  /** By which the backlog grows; 0 unless it loses ground. */
  readonly lostPerMinute: number
  /** When the backlog will be gone with the parallelism decided on; undefined where it will not, or nothing is known. */
  readonly drainedInMs: number | undefined
}

/** A decision gives up at most this share of the workers: the next few items may need them again. */
const releasedShareMax = 0.25
const msPerMinute = 60_000

/**
 * The parallelism that keeps up with what comes in, and drains the backlog in time if that is asked. Where nothing more comes and no time is given, the
 * cap. Grows at once; shrinks by a quarter at most.
 *
 *     decideScaling({ processingMs: 4_000, interarrivalMs: 1_000, backlog: 0, parallelism: 2 }, { parallelismMax: 10, headroom: 0.2 }).parallelism // 5
 */
export function decideScaling(measures: QueueMeasures, limits: ScalingLimits): ScalingDecision {
  const { processingMs, parallelism: now } = measures
  if (processingMs === undefined) return { parallelism: bounded(now, limits.parallelismMax), verdict: 'unknown', lostPerMinute: 0, drainedInMs: undefined }
  const wanted = Math.max(needed(measures, processingMs, limits), Math.floor(Math.min(now, limits.parallelismMax) * (1 - releasedShareMax)))
  const parallelism = bounded(wanted, limits.parallelismMax)
  return { parallelism, ...judged(measures, processingMs, limits.headroom), drainedInMs: drainTime(measures, processingMs, parallelism) }
}

function needed({ interarrivalMs, backlog }: QueueMeasures, processingMs: number, { parallelismMax, headroom, drainWithinMs }: ScalingLimits): number {
  if (interarrivalMs === undefined && drainWithinMs === undefined) return backlog > 0 ? Math.min(backlog, parallelismMax) : 1
  const arrivalsPerMs = interarrivalMs === undefined ? 0 : 1 / interarrivalMs
  const drainedPerMs = drainWithinMs === undefined || backlog === 0 ? 0 : backlog / Math.max(drainWithinMs, processingMs)
  return Math.ceil(processingMs * (arrivalsPerMs + drainedPerMs) / (1 - headroom) - rounding)
}

/** A worker more for a billionth of one is not meant. */
const rounding = 1e-9

function judged({ interarrivalMs, parallelism }: QueueMeasures, processingMs: number, headroom: number): Pick<ScalingDecision, 'verdict' | 'lostPerMinute'> {
  const arrivalsPerMs = interarrivalMs === undefined ? 0 : 1 / interarrivalMs
  const capacityPerMs = parallelism / processingMs
  if (arrivalsPerMs <= capacityPerMs * (1 - headroom)) return { verdict: 'keeping up', lostPerMinute: 0 }
  if (arrivalsPerMs <= capacityPerMs) return { verdict: 'balanced with no slack', lostPerMinute: 0 }
  return { verdict: 'losing ground', lostPerMinute: (arrivalsPerMs - capacityPerMs) * msPerMinute }
}

function drainTime({ interarrivalMs, backlog }: QueueMeasures, processingMs: number, parallelism: number): number | undefined {
  if (backlog === 0) return 0
  const gainedPerMs = parallelism / processingMs - (interarrivalMs === undefined ? 0 : 1 / interarrivalMs)
  return gainedPerMs > 0 ? backlog / gainedPerMs : undefined
}

function bounded(parallelism: number, max: number): number {
  return Math.max(1, Math.min(max, parallelism))
}

/** 'losing ground by 12 items/min'. */
export function verdictText({ verdict, lostPerMinute }: Pick<ScalingDecision, 'verdict' | 'lostPerMinute'>): string {
  if (verdict === 'unknown') return 'nothing is done yet'
  if (verdict !== 'losing ground') return verdict
  const lost = lostPerMinute >= 10 ? String(Math.round(lostPerMinute)) : String(Math.ceil(lostPerMinute * 10) / 10)
  return `losing ground by ${lost} items/min`
}
