// Runs a stage's shards by the old or the new worker, as the rollout has it. While the new one is on trial its failures cost the items
// nothing: the old one runs them again, with all their attempts.
import type { StateChange } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import { RetryLater } from '../model/retry-later.ts'
import { Rollout, type RolloutRecord, type RolloutRules, type WorkerVersion } from '../policies/rollout.ts'
import type { Flight } from './flight.ts'
import type { SteeredStage, Steering } from './steering.ts'

export interface StagedRolloutOptions {
  readonly stage: SteeredStage
  readonly rules: RolloutRules
  readonly store: string
  readonly before: RolloutRecord | undefined
  /** Whether nothing more comes to a lane. */
  readonly hasEnded: (lane: number) => boolean
}

/** How an attempt began: a rollout may turn while it is at work. */
interface Begun {
  readonly version: WorkerVersion
  readonly isTrial: boolean
}

export class StagedRollout implements Steering {
  readonly #options: StagedRolloutOptions
  readonly #begun = new WeakMap<Flight, Map<number, Begun>>()
  #rollout: Rollout
  #written: RolloutRecord | undefined
  #timer: { readonly at: number; cancel(): void } | undefined

  constructor(options: StagedRolloutOptions) {
    this.#options = options
    this.#rollout = new Rollout(options.rules, options.before, options.stage.now())
    this.#written = options.before
    if (this.hasChanges) this.#say()
  }

  /** The worker that the attempt just begun is for. */
  versionOf(flight: Flight, unit: number): WorkerVersion {
    return this.#begun.get(flight)?.get(unit)?.version ?? 'old'
  }

  get hasChanges(): boolean {
    return this.#rollout.record !== this.#written
  }

  starting(flight: Flight, unit: number): void {
    const version = flight.retryOf(unit)?.runsOld ? 'old' : this.#rollout.workerOf(this.#shardOf(flight))
    if (!this.#begun.has(flight)) this.#begun.set(flight, new Map())
    this.#begun.get(flight)!.set(unit, { version, isTrial: version === 'new' && this.#rollout.isOnTrial })
  }

  succeeded(flight: Flight, unit: number): void {
    const { version } = this.#finish(flight, unit)
    this.#rollout.attempted(this.#shardOf(flight), version, false, this.#options.stage.now())
  }

  failed(flight: Flight, unit: number, error: unknown, before: RetryState | undefined, after: RetryState): RetryState {
    const { version, isTrial } = this.#finish(flight, unit)
    if (error instanceof RetryLater) return before?.runsOld ? { ...after, runsOld: true } : after
    const now = this.#options.stage.now()
    if (this.#rollout.attempted(this.#shardOf(flight), version, true, now)) this.#say()
    if (isTrial) return { ...after, attempts: before?.attempts ?? 0, dueAt: now, reason: undefined, runsOld: true }
    return before?.runsOld ? { ...after, runsOld: true } : after
  }

  mayStart(): boolean {
    return true
  }

  pump(): void {
    const { stage, hasEnded } = this.#options
    const now = stage.now()
    if (this.#rollout.advance(now, shard => hasEnded(stage.shards.findIndex(({ name }) => name === shard)))) this.#say()
    this.#wakeWhenSoaked(now)
  }

  /** What was rolled back begins anew. */
  resumed(): void {
    const { rules, stage } = this.#options
    if (this.#rollout.record.status !== 'rolled-back') return
    this.#rollout = new Rollout(rules, undefined, stage.now())
    this.#say()
  }

  takeChanges(): readonly StateChange[] {
    if (!this.hasChanges) return []
    this.#written = this.#rollout.record
    return [{ store: this.#options.store, key: this.#options.stage.name, value: JSON.stringify(this.#written) }]
  }

  close(): void {
    this.#timer?.cancel()
  }

  #finish(flight: Flight, unit: number): Begun {
    const begun = this.#begun.get(flight)?.get(unit) ?? { version: 'old', isTrial: false }
    this.#begun.get(flight)?.delete(unit)
    return begun
  }

  #wakeWhenSoaked(now: number): void {
    const at = this.#rollout.soakedAt
    if (at === undefined || at <= now || this.#timer?.at === at) return
    this.#timer?.cancel()
    this.#timer = { at, ...this.#options.stage.wakeAfter(at - now) }
  }

  #shardOf(flight: Flight): string {
    return this.#options.stage.shards[flight.origin.lane]!.name
  }

  #say(): void {
    const { stage, rules } = this.#options
    const { status, moved, why } = this.#rollout.record
    if (status === 'rolled-back') return stage.say('warn', `the rollout was rolled back: ${why}. All shards run the old worker; change the new one or the option, or run: batchwork resume '${stage.name}'`)
    if (status === 'done') return stage.say('info', "the rollout is done: all shards run the new worker; take the option 'rollout' out")
    stage.say('info', `shard '${moved.at(-1)}' runs the new worker: ${moved.length} of ${rules.order.length}`)
  }
}
