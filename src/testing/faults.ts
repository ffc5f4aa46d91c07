// What goes wrong in a trial, and when: all of it follows from the seed.
import { OptionError } from '../model/errors.ts'
import { generator, type Random } from '../reducers/seeded-random.ts'

export type Fault = 'crash' | 'delay' | 'duplicate' | 'reorder'
export type FaultSetting = 'none' | 'all' | readonly Fault[]

/** Where a process can die. */
export type Effect = 'commit' | 'call' | 'timer' | 'work'

/** For sweeps: dies at this commit of the trial, counted from 0, before it is made or before it is acknowledged. */
export interface CrashAt {
  readonly commit: number
  readonly when: 'before' | 'after'
}

const allFaults: readonly Fault[] = ['crash', 'delay', 'duplicate', 'reorder']
/** Then crashes stop, and everything must finish. */
const crashesMax = 6
/** Effects between two crashes, at most; mostly far fewer. */
const effectsApartMax = 400
const delayMsMax = 50
const duplicateShare = 0.1
const chunkItemsMax = 1_000

export class Faults {
  readonly random: Random
  readonly #kinds: ReadonlySet<Fault>
  #crashAt: CrashAt | undefined
  #crashesLeft: number
  #effectsLeft: number
  #commits = 0

  constructor(setting: FaultSetting, seed: number, crashAt?: CrashAt) {
    this.random = generator(seed)
    this.#kinds = new Set(setting === 'none' ? [] : setting === 'all' ? allFaults : setting.map(checked))
    this.#crashAt = crashAt
    this.#crashesLeft = this.has('crash') ? 1 + this.#below(crashesMax) : 0
    this.#effectsLeft = this.#nextCrash()
  }

  has(fault: Fault): boolean {
    return this.#kinds.has(fault)
  }

  get commits(): number {
    return this.#commits
  }

  /** Whether the process dies here; `after`: what it asked for still takes place. */
  at(effect: Effect): 'before' | 'after' | undefined {
    const planned = effect === 'commit' && this.#crashAt?.commit === this.#commits++ ? this.#crashAt.when : undefined
    if (planned || this.#crashesLeft === 0 || --this.#effectsLeft > 0) return planned
    this.#crashesLeft--
    this.#effectsLeft = this.#nextCrash()
    return this.random() < 0.5 ? 'before' : 'after'
  }

  /** The run is over: nothing that is left could be gone on with. */
  disarm(): void {
    this.#crashesLeft = 0
    this.#crashAt = undefined
  }

  timerDelayMs(): number {
    return this.has('delay') && this.random() < 0.5 ? this.#below(delayMsMax) : 0
  }

  /** How much later than it could be something is asked of the log; undefined: at once. */
  requestDelayMs(): number | undefined {
    return this.has('delay') && this.random() < 0.5 ? this.#below(delayMsMax) : undefined
  }

  /** The same for what a read, a commit or a worker gives. */
  resultDelayMs(): number | undefined {
    if (!this.has('reorder') && !this.has('delay')) return undefined
    return this.has('delay') && this.random() < 0.3 ? this.#below(delayMsMax) : 0
  }

  happensTwice(): boolean {
    return this.has('duplicate') && this.random() < duplicateShare
  }

  chunkSize(): number {
    return this.has('reorder') ? 1 + this.#below(this.random() < 0.5 ? 8 : chunkItemsMax) : chunkItemsMax
  }

  #nextCrash(): number {
    return 1 + Math.floor(this.random() ** 2 * effectsApartMax)
  }

  #below(max: number): number {
    return Math.floor(this.random() * max)
  }
}

function checked(fault: Fault): Fault {
  if (allFaults.includes(fault)) return fault
  throw new OptionError('faults', fault, `'none', 'all' or a list of ${allFaults.map(each => `'${each}'`).join(', ')}`)
}
