// Which lanes may take more: none of a stage, or of a shard, that is paused, and none whose readers are too far behind.
import type { StateChange } from '../log.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import type { Backlog } from './backlog.ts'
import { pausedStore } from './control.ts'
import type { RunNames } from './names.ts'
import type { RunState } from './run-state.ts'

export interface PermitsOptions {
  readonly plan: Plan
  readonly names: RunNames
  readonly state: RunState
  readonly backlog: Backlog
}

export class Permits {
  readonly #options: PermitsOptions
  /** By stage and lane. */
  readonly #mayRun = new Map<string, boolean[]>()
  #paused: ReadonlySet<string> = new Set()

  constructor(options: PermitsOptions) {
    this.#options = options
  }

  /** The same array for ever, kept up to date by `renew`. */
  of({ name, lanes }: StagePlan): boolean[] {
    let mayRun = this.#mayRun.get(name)
    if (!mayRun) this.#mayRun.set(name, (mayRun = Array.from({ length: lanes }, () => true)))
    return mayRun
  }

  renew(stage: StagePlan): void {
    const lanes = this.of(stage)
    const isFull = this.#isFull(stage)
    for (let lane = 0; lane < lanes.length; lane++) lanes[lane] = !isFull && !this.#isPaused(stage, lane)
  }

  load(): void {
    this.#paused = this.#options.state.paused
  }

  /** Gives the stages that a person has let go on, or undefined where nothing of it was about pauses. */
  note(changes: readonly StateChange[]): ReadonlySet<string> | undefined {
    const pauses = changes.filter(({ store }) => store === pausedStore(this.#options.plan.pipeline))
    if (pauses.length === 0) return undefined
    this.load()
    return new Set(pauses.filter(({ value }) => value !== 'true').map(({ key }) => key.split('/')[0]!))
  }

  /** What is paused, for people. */
  get reasons(): readonly string[] {
    const paused = [...this.#paused].map(name => `'${name}' is paused; resume it to go on`)
    const shards = this.#options.plan.stages.flatMap(stage => stage.shards.filter(shard => shard.paused).map(shard => `shard '${shard.name}' of '${stage.name}' is paused in the pipeline file`))
    return [...paused, ...shards]
  }

  #isPaused(stage: StagePlan, lane: number): boolean {
    if (this.#paused.has(stage.name)) return true
    const shard = stage.shards[lane]
    return shard !== undefined && (this.#paused.has(`${stage.name}/${shard.name}`) || shard.paused)
  }

  #isFull(stage: StagePlan): boolean {
    const { plan, names, backlog } = this.#options
    const topic = plan.topics.find(({ name }) => name === stage.output)
    if (!topic || topic.boundedBy.length === 0 || topic.isShared) return false
    return backlog.isFull(names.topic(topic.name), topic.boundedBy.map(reader => names.subscription(reader, topic.name)))
  }
}
