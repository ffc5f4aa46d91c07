// What a watcher wants to know of a run, from the counts of its stages and when they were taken: how fast, of how many, how much longer.
import type { Plan, StagePlan } from '../plan/plan.ts'
import type { StageCounts } from '../runtime/counts.ts'

export interface StageProgress {
  readonly name: string
  readonly counts: StageCounts
  /** 'shut': a barrier before it has not opened. 'resting': it has nothing to do now. */
  readonly state: 'waiting' | 'shut' | 'working' | 'resting' | 'ended'
  /** Items that come in all; undefined while that cannot be known. */
  readonly total: number | undefined
  /** Items read a second, over the last seconds. */
  readonly perSecond: number
  /** Undefined while that cannot be known. */
  readonly leftMs: number | undefined
}

export interface RunSight {
  readonly counts: Readonly<Record<string, StageCounts>>
  readonly ended: ReadonlySet<string>
}

interface Sample {
  readonly atMs: number
  readonly read: ReadonlyMap<string, number>
}

/** Rates look back this far. */
const windowMs = 10_000
const samplesMax = 100

export class ProgressMeter {
  readonly #plan: Plan
  readonly #samples: Sample[] = []

  constructor(plan: Plan) {
    this.#plan = plan
  }

  /** `nowMs` only grows. */
  measure({ counts, ended }: RunSight, nowMs: number): readonly StageProgress[] {
    this.#sample(counts, nowMs)
    return this.#plan.stages.filter(({ name }) => counts[name]).map(stage => this.#stage(stage, counts, ended))
  }

  #sample(counts: RunSight['counts'], atMs: number): void {
    const last = this.#samples.at(-1)
    if (last && atMs - last.atMs < windowMs / samplesMax) return
    this.#samples.push({ atMs, read: new Map(Object.entries(counts).map(([name, { in: read }]) => [name, read])) })
    while (this.#samples.length > 2 && atMs - this.#samples[1]!.atMs >= windowMs) this.#samples.shift()
  }

  #stage(stage: StagePlan, counts: RunSight['counts'], ended: RunSight['ended']): StageProgress {
    const own = counts[stage.name]!
    const total = this.#totalOf(stage, counts, ended)
    const perSecond = this.#rateOf(stage.name)
    const left = total === undefined || perSecond === 0 ? undefined : Math.max(0, total - own.in) / perSecond * 1_000
    return { name: stage.name, counts: own, state: this.#stateOf(stage, own, counts, ended), total, perSecond, leftMs: ended.has(stage.name) ? undefined : left }
  }

  #rateOf(stage: string): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (!first || !last || last.atMs === first.atMs) return 0
    return Math.max(0, ((last.read.get(stage) ?? 0) - (first.read.get(stage) ?? 0)) / (last.atMs - first.atMs) * 1_000)
  }

  #stateOf({ name, inputs }: StagePlan, own: StageCounts, counts: RunSight['counts'], ended: RunSight['ended']): StageProgress['state'] {
    if (ended.has(name)) return 'ended'
    if (own.inFlight > 0) return 'working'
    if (own.in === 0 && inputs.every(({ gates }) => gates.length > 0)) return 'shut'
    const hasStarted = own.in > 0 || inputs.some(({ from }) => from.kind === 'source')
    if (!hasStarted) return 'waiting'
    return this.#rateOf(name) > 0 || own.waiting > 0 || counts[name] === undefined ? 'working' : 'resting'
  }

  /** Known once all before it have ended. */
  #totalOf({ name, inputs }: StagePlan, counts: RunSight['counts'], ended: RunSight['ended']): number | undefined {
    if (ended.has(name)) return counts[name]!.in
    let total = 0
    for (const { from } of inputs) {
      if (from.kind !== 'topic') return undefined
      const producers = this.#plan.topics.find(topic => topic.name === from.topic && !topic.isShared)?.producers ?? []
      if (producers.length === 0 || !producers.every(producer => ended.has(producer))) return undefined
      total += producers.reduce((sum, producer) => sum + (counts[producer]?.out ?? 0), 0)
    }
    return total
  }
}
