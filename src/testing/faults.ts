// What goes wrong in a trial, and when: all of it follows from the seed. After a bounded number of strikes nothing goes wrong any more, and
// everything must finish.
import { OptionError } from '../model/errors.ts'
import { generator, type Random } from '../reducers/seeded-random.ts'
import { Coverage, type Phase } from './coverage.ts'

export type Fault =
  | 'crash' | 'delay' | 'duplicate' | 'reorder' | 'freeze' | 'unacknowledged' | 'io-error' | 'disk-full' | 'clock-jump' | 'slow' | 'stop' | 'command'
export type FaultSetting = 'none' | 'all' | readonly Fault[]

/** Where something can strike. */
export type Effect = 'commit' | 'call' | 'timer' | 'work'

/** For sweeps: dies at this commit of the trial, counted from 0, before it is made or before it is acknowledged. */
export interface CrashAt {
  readonly commit: number
  readonly when: 'before' | 'after'
}

/** What strikes at one moment; the others are there all the time, by chance. */
export type Strike = 'crash' | 'freeze' | 'unacknowledged' | 'io-error' | 'disk-full' | 'clock-jump' | 'stop' | 'command'

interface StrikePlan {
  readonly at: readonly Effect[]
  readonly timesMax: number
  /** Effects between two strikes, at most; mostly far fewer. */
  readonly effectsApartMax: number
}

const anywhere: readonly Effect[] = ['commit', 'call', 'timer', 'work']
const strikes: Readonly<Record<Strike, StrikePlan>> = {
  'crash': { at: anywhere, timesMax: 6, effectsApartMax: 400 },
  'freeze': { at: anywhere, timesMax: 3, effectsApartMax: 400 },
  'unacknowledged': { at: ['commit'], timesMax: 3, effectsApartMax: 25 },
  'io-error': { at: ['commit', 'call'], timesMax: 3, effectsApartMax: 100 },
  'disk-full': { at: ['commit'], timesMax: 4, effectsApartMax: 20 },
  'clock-jump': { at: anywhere, timesMax: 4, effectsApartMax: 250 },
  'stop': { at: ['commit', 'timer'], timesMax: 2, effectsApartMax: 150 },
  'command': { at: ['commit', 'timer'], timesMax: 4, effectsApartMax: 150 },
}

export const allFaults: readonly Fault[] = [...(Object.keys(strikes) as Strike[]), 'delay', 'duplicate', 'reorder', 'slow']
/** Effects of a start that count: it has far more of them than the work after it, and would be all that is struck. */
const startShare = 0.2
const delayMsMax = 50
const duplicateShare = 0.1
const slowShare = 0.15
/** Shorter than any timeout that is worth its name. */
const slowMsMax = 900
const chunkItemsMax = 1_000

interface Pending {
  readonly strike: Strike
  readonly plan: StrikePlan
  left: number
  effectsLeft: number
}

export class Faults {
  readonly random: Random
  readonly coverage: Coverage
  readonly #kinds: ReadonlySet<Fault>
  readonly #pending: readonly Pending[]
  #crashAt: CrashAt | undefined
  #commits = 0
  #isDisarmed = false

  constructor(setting: FaultSetting, seed: number, crashAt?: CrashAt, coverage: Coverage = new Coverage()) {
    this.random = generator(seed)
    this.coverage = coverage
    this.#kinds = new Set(setting === 'none' ? [] : setting === 'all' ? allFaults : setting.map(checked))
    this.#crashAt = crashAt
    this.#pending = (Object.keys(strikes) as Strike[]).filter(strike => this.has(strike)).map(strike => {
      const plan = strikes[strike]
      return { strike, plan, left: 1 + this.#below(plan.timesMax), effectsLeft: this.#next(plan) }
    })
  }

  has(fault: Fault): boolean {
    return this.#kinds.has(fault)
  }

  get isNone(): boolean {
    return this.#kinds.size === 0
  }

  get commits(): number {
    return this.#commits
  }

  /** What strikes at this effect. */
  at(effect: Effect, phase: Phase): Strike | undefined {
    if (this.#isDisarmed || (phase === 'start' && this.random() >= startShare)) return undefined
    for (const pending of this.#pending) {
      if (pending.left === 0 || !pending.plan.at.includes(effect) || --pending.effectsLeft > 0) continue
      pending.left--
      pending.effectsLeft = this.#next(pending.plan)
      this.coverage.note(pending.strike, phase)
      return pending.strike
    }
    return undefined
  }

  /** For sweeps: whether the process dies at this commit. */
  plannedAt(): 'before' | 'after' | undefined {
    return this.#crashAt?.commit === this.#commits++ ? this.#crashAt.when : undefined
  }

  /** Of a commit that goes wrong: whether it was made all the same. */
  isMade(): boolean {
    return this.random() < 0.5
  }

  /** The run is over: nothing that is left could be gone on with. */
  disarm(): void {
    this.#isDisarmed = true
    this.#crashAt = undefined
  }

  arm(): void {
    this.#isDisarmed = false
  }

  timerDelayMs(): number {
    return this.has('delay') && this.random() < 0.5 ? this.#below(delayMsMax) : 0
  }

  /** How much later than it could be something is asked of the log; undefined: at once. */
  requestDelayMs(phase: Phase): number | undefined {
    if (!this.has('delay') || this.random() >= 0.5) return undefined
    this.coverage.note('delay', phase)
    return this.#below(delayMsMax)
  }

  /** The same for what a read, a commit or a worker gives. */
  resultDelayMs(phase: Phase): number | undefined {
    if (!this.has('reorder') && !this.has('delay')) return undefined
    if (this.has('reorder')) this.coverage.note('reorder', phase)
    return this.has('delay') && this.random() < 0.3 ? this.#below(delayMsMax) : 0
  }

  /** The same of a disk that has failed once: it answers, and takes its time. */
  ailingMs(): number {
    return this.#below(slowMsMax)
  }

  workDelayMs(phase: Phase): number | undefined {
    const delayMs = this.resultDelayMs(phase)
    if (!this.has('slow') || this.random() >= slowShare) return delayMs
    this.coverage.note('slow', phase)
    return this.#below(slowMsMax)
  }

  happensTwice(phase: Phase): boolean {
    if (!this.has('duplicate') || this.random() >= duplicateShare) return false
    this.coverage.note('duplicate', phase)
    return true
  }

  chunkSize(): number {
    return this.has('reorder') ? 1 + this.#below(this.random() < 0.5 ? 8 : chunkItemsMax) : chunkItemsMax
  }

  /** An hour either way, at most. */
  jumpMs(): number {
    return Math.floor((this.random() * 2 - 1) * 3_600_000)
  }

  /** How long a process is away: longer than its lease, which another has taken over at once. */
  awayMs(): number {
    return this.#below(this.random() < 0.5 ? 500 : 20_000)
  }

  below(max: number): number {
    return this.#below(max)
  }

  #next({ effectsApartMax }: StrikePlan): number {
    return 1 + Math.floor(this.random() ** 2 * effectsApartMax)
  }

  #below(max: number): number {
    return Math.floor(this.random() * max)
  }
}

/** A random half of the faults, at least one: a fault that is always on hides what another would have found (swarm testing). */
export function swarmOf(seed: number, among: readonly Fault[] = allFaults): readonly Fault[] {
  const random = generator(Math.imul(seed, 31) ^ 0x5eed)
  const chosen = among.filter(() => random() < 0.5)
  return chosen.length > 0 ? chosen : [among[seed % among.length]!]
}

function checked(fault: Fault): Fault {
  if (allFaults.includes(fault)) return fault
  throw new OptionError('faults', fault, `'none', 'all' or a list of ${allFaults.map(each => `'${each}'`).join(', ')}`)
}
