// Gives the unstarted items of a shard whose workers fail to the others: each moves, in one commit, from the shard's partition to the
// retries of another shard. It keeps its id and its attempts, and what comes of it is laid into its own shard. New items arrive in the shard's
// partition all the same, so that they are at home when it recovers.
import type { StateChange } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import { blamesWorker } from '../policies/retry.ts'
import { ShardHealth, type AttemptOutcome, type ShardChange, type ShardCondition } from '../policies/shard-health.ts'
import { shardOf } from '../policies/sharding.ts'
import type { Flight } from './flight.ts'
import type { Intake } from './intake.ts'
import type { SteeredStage, Steering } from './steering.ts'

export interface ShardSpillOptions {
  readonly stage: SteeredStage
  readonly intake: Intake
  readonly spillAbove: number
  readonly store: string
  readonly before: ReadonlyMap<number, ShardCondition>
  /** By lane: neither paused nor held back by slower readers. */
  readonly mayRun: readonly boolean[]
  readonly move: (flight: Flight, unit: number, state: RetryState) => void
}

interface FailedInShard {
  readonly error: unknown
  readonly before: RetryState | undefined
  readonly after: RetryState
  readonly isProbe: boolean
}

/** Items moved before the event loop is let in again. */
const movedPerTurn = 1_000

export class ShardSpill implements Steering {
  readonly #options: ShardSpillOptions
  readonly #health: ShardHealth
  readonly #probes = new WeakMap<Flight, Set<number>>()
  readonly #changes = new Map<number, ShardCondition | undefined>()
  /** Moved by this process and not done yet. */
  #spilled = 0
  #timer: { readonly at: number; cancel(): void } | undefined

  constructor(options: ShardSpillOptions) {
    const { stage, spillAbove, before } = options
    this.#options = options
    this.#health = new ShardHealth({ shards: stage.shards.length, spillAbove, conditions: before })
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0
  }

  starting(flight: Flight, unit: number): void {
    const { lane } = flight.origin
    if (!this.#health.isUnhealthy(lane)) return
    this.#health.probeStarted(lane)
    if (!this.#probes.has(flight)) this.#probes.set(flight, new Set())
    this.#probes.get(flight)!.add(unit)
  }

  succeeded(flight: Flight, unit: number): void {
    this.#attempted(flight, unit, 'done')
    this.#count(flight, unit, undefined)
  }

  failed(flight: Flight, unit: number, error: unknown, before: RetryState | undefined, after: RetryState): RetryState {
    const wasOnTrial = after.runsOld === true && before?.runsOld !== true
    const isProbe = this.#attempted(flight, unit, wasOnTrial || !blamesWorker(error) ? 'neither' : 'failed')
    const spilled = this.#health.isSuspect(flight.origin.lane, this.#options.stage.now()) ? this.#elsewhere(flight, unit, this.#spared(flight, unit, { error, before, after, isProbe })) : undefined
    const state = spilled ?? { ...after, home: isGuest(flight, unit) ? flight.homeOf(unit) : undefined }
    this.#count(flight, unit, state.reason ? undefined : (state.movedTo ?? flight.origin.lane))
    return state
  }

  mayStart(lane: number): boolean {
    return !this.#health.hasUnhealthy || this.#health.mayStart(lane, this.#options.stage.now())
  }

  pump(): void {
    if (!this.#health.hasUnhealthy) return
    this.#wakeToProbe()
    const { intake, stage } = this.#options
    for (let moved = 0; moved < movedPerTurn; moved++) {
      if (this.#spilled >= this.#health.spilledMax) return
      const flight = intake.spareUnit(this.#spills)
      if (!flight) return
      this.#move(flight, flight.cursor - 1)
    }
    stage.wakeAfter(0)
  }

  resumed(): void {}

  takeChanges(): readonly StateChange[] {
    const { stage, store } = this.#options
    const changes = Array.from(this.#changes, ([shard, to]) => ({ store, key: `${stage.name}/${stage.shards[shard]!.name}`, value: to ? JSON.stringify(to) : null }))
    this.#changes.clear()
    return changes
  }

  close(): void {
    this.#timer?.cancel()
  }

  /** Whether it was a probe. */
  #attempted(flight: Flight, unit: number, outcome: AttemptOutcome): boolean {
    const now = this.#options.stage.now()
    const { lane } = flight.origin
    const isProbe = this.#probes.get(flight)?.delete(unit) ?? false
    if (isProbe) this.#note(this.#health.probed(lane, outcome, now))
    else if (isGuest(flight, unit)) this.#note(this.#health.spilledAttempted(flight.homeOf(unit), outcome, now))
    else this.#note(this.#health.attempted(lane, outcome, now))
    return isProbe
  }

  readonly #spills = (lane: number): boolean => this.#options.mayRun[lane]! && this.#health.isUnhealthy(lane) && this.#targets.length > 0

  /** Shards that may take items of others. */
  get #targets(): readonly number[] {
    return this.#options.mayRun.flatMap((mayRun, lane) => (mayRun && !this.#health.isUnhealthy(lane) ? [lane] : []))
  }

  /** The item's favourite of the healthy: when one of them goes, only what it had moves on. */
  #targetFor(flight: Flight, unit: number): number | undefined {
    const targets = this.#targets
    return targets.length === 0 ? undefined : targets[shardOf(flight.idOf(unit), targets.map(lane => this.#options.stage.shards[lane]!))]
  }

  /** What is probed with costs its item no attempt, nor does the last in a shard that may be to blame: it is made elsewhere. */
  #spared(flight: Flight, unit: number, { error, before, after, isProbe }: FailedInShard): RetryState {
    const isLastAtHome = after.reason !== undefined && !isGuest(flight, unit)
    if (!blamesWorker(error) || !(isProbe || isLastAtHome)) return after
    return { ...after, attempts: before?.attempts ?? 0, reason: undefined, dueAt: after.reason ? this.#options.stage.now() : after.dueAt }
  }

  /** An item of an unhealthy shard in another; undefined where it is given up on, or there is no other. */
  #elsewhere(flight: Flight, unit: number, state: RetryState): RetryState | undefined {
    const to = state.reason ? undefined : this.#targetFor(flight, unit)
    return to === undefined ? undefined : { ...state, home: flight.homeOf(unit), movedTo: to }
  }

  #move(flight: Flight, unit: number): void {
    const state = this.#elsewhere(flight, unit, { attempts: 0, history: [], ...flight.retryOf(unit), dueAt: this.#options.stage.now() })!
    this.#count(flight, unit, state.movedTo)
    this.#options.move(flight, unit, state)
  }

  /** Counts what is away from home. `to`: where it is now; undefined when it is done with. */
  #count(flight: Flight, unit: number, to: number | undefined): void {
    const isAway = to !== undefined && to !== flight.homeOf(unit)
    this.#spilled = Math.max(0, this.#spilled + Number(isAway) - Number(isGuest(flight, unit)))
  }

  #wakeToProbe(): void {
    const { stage } = this.#options
    const at = this.#health.nextProbeAt
    if (at === undefined || at <= stage.now() || this.#timer?.at === at) return
    this.#timer?.cancel()
    this.#timer = { at, ...stage.wakeAfter(at - stage.now()) }
  }

  #note(change: ShardChange | undefined): void {
    if (!change) return
    const { shard, to } = change
    this.#changes.set(shard, to)
    const { name } = this.#options.stage.shards[shard]!
    const { say } = this.#options.stage
    if (to === undefined) say('info', `shard '${name}' has recovered: its items stay there again`)
    else if (to.kind === 'excused') say('warn', `shard '${name}' keeps its items: they fail in other shards too, so it is not its workers that fail`)
    else say('warn', `shard '${name}' is unhealthy: ${to.why}, and other shards do well; its items go to them until it recovers`)
  }
}

/** Whether another shard's item runs here. */
function isGuest(flight: Flight, unit: number): boolean {
  return flight.homeOf(unit) !== flight.origin.lane
}
