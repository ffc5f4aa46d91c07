// One process of a simulation: its own handle on the log and its own timers, so that all of it can vanish or stand still at once. Nobody is told.
import type { Clock } from '../clock.ts'
import type { Append, Appended, Commit, Log, Membership, Owner } from '../log.ts'
import { MemoryLog, type MemoryStore } from '../logs/memory/memory-log.ts'
import { LogError } from '../model/errors.ts'
import { withMethods } from '../runtime/noted-log.ts'
import { PhaseOf, runIn, type Phase } from './coverage.ts'
import type { Effect, Faults, Strike } from './faults.ts'
import type { Trace } from './trace.ts'

/** A new one for each that waits: one for all would keep everything that ever waited for it. */
const never = (): Promise<never> => new Promise(() => {})

/** What a fault made of a call: the run fails by it, and the same command goes on. */
export class InjectedError extends LogError {}

export interface SimulatedProcessOptions {
  readonly store: MemoryStore
  readonly clock: Clock
  readonly faults: Faults
  readonly trace: Trace
  /** Someone sets the wall clock. */
  readonly onClockJump?: ((ms: number) => void) | undefined
  /** Another process says something to this one. */
  readonly onCommand?: (() => void) | undefined
  readonly onEpoch?: ((epoch: number) => void) | undefined
}

export class SimulatedProcess {
  readonly clock: Clock
  readonly log: Log
  /** Resolves when another may take over: this one died, or stands still past its lease. */
  readonly gone: Promise<'died' | 'frozen'>
  /** Asked to stop, as by SIGTERM. */
  onStop: (() => void) | undefined
  readonly #options: SimulatedProcessOptions
  readonly #own: MemoryLog
  readonly #going = Promise.withResolvers<'died' | 'frozen'>()
  readonly #phase = new PhaseOf()
  /** What has happened to it while it stood still. */
  readonly #held: (() => void)[] = []
  #queue: Promise<void> = Promise.resolve()
  #asking = 0
  #end: InjectedError | undefined
  /** Each refuses a call that is not answered yet. */
  readonly #unanswered = new Set<(error: unknown) => void>()
  #hasJoined = false
  #isAiling = false
  /** The run is over, and says so in the log. */
  #isComplete = false
  #isFrozen = false
  #isGone = false

  constructor(options: SimulatedProcessOptions) {
    this.#options = options
    this.#own = new MemoryLog(options.store)
    this.gone = this.#going.promise
    this.clock = this.#mortalClock(options.clock)
    this.log = this.#mortalLog()
  }

  get isGone(): boolean {
    return this.#isGone
  }

  get phase(): Phase {
    return this.#phase.now
  }

  /** True where the process dies at this effect, or is dead. */
  diesAt(effect: Effect): boolean {
    if (!this.#isGone) this.#struck(this.#options.faults.at(effect, this.phase))
    return this.#isGone
  }

  crash(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#options.trace.add('crash')
    this.#own.crash()
    this.#going.resolve('died')
  }

  /** Calls back when the process is not frozen; never when it is dead. */
  whenAwake(action: () => void): void {
    if (this.#isGone) return
    if (this.#isFrozen) this.#held.push(action)
    else action()
  }

  /** Gives what is left to be done with to the caller. */
  #struck(strike: Strike | undefined): Strike | undefined {
    const { faults, trace, onClockJump, onCommand } = this.#options
    if (!strike) return undefined
    trace.add(strike)
    if (strike === 'crash') this.crash()
    else if (strike === 'freeze') this.#freeze()
    else if (strike === 'clock-jump') onClockJump?.(faults.jumpMs())
    else if (strike === 'command') onCommand?.()
    else if (strike === 'stop') this.onStop?.()
    else return strike
    return undefined
  }

  /** A pause past the lease: another takes over, and only then this one goes on, as if nothing had been. */
  #freeze(): void {
    if (this.#isFrozen || !this.#hasJoined) return
    this.#isFrozen = true
    this.#own.expel()
    this.#going.resolve('frozen')
    this.#options.clock.after(this.#options.faults.awayMs(), () => {
      this.#isFrozen = false
      for (const action of this.#held.splice(0)) this.whenAwake(action)
    })
  }

  #mortalClock(clock: Clock): Clock {
    const { faults } = this.#options
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, callback) => {
        let isCancelled = false
        const timer = clock.after(delayMs + (delayMs > 0 ? faults.timerDelayMs() : 0), () => this.whenAwake(() => {
          if (!isCancelled && !this.diesAt('timer')) this.whenAwake(callback)
        }))
        return {
          cancel: () => {
            isCancelled = true
            timer.cancel()
          },
        }
      },
    }
  }

  #mortalLog(): Log {
    const own = this.#own
    return withMethods(own, {
      commit: commit => this.#commit(commit),
      append: append => this.#append(append),
      join: (group, topics, owner) => this.#join(group, topics, owner),
      watch: listener => own.watch(partition => this.whenAwake(() => listener(partition))),
      createTopics: topics => this.#call(() => own.createTopics(topics)),
      deleteTopics: names => this.#call(() => own.deleteTopics(names)),
      topics: () => this.#call(() => own.topics()),
      read: (partition, from, limits) => this.#call(() => own.read(partition, from, limits)),
      progress: subscription => this.#call(() => own.progress(subscription)),
      get: (store, keys) => this.#call(() => own.get(store, keys)),
      scan: (store, after, limit) => this.#call(() => own.scan(store, after, limit)),
      deleteStores: names => this.#call(() => own.deleteStores(names)),
    })
  }

  #join(group: string, topics: readonly string[], owner: Owner): Promise<Membership> {
    const told: Owner = {
      assigned: (partitions, epoch) => {
        this.#hasJoined = true
        this.#options.onEpoch?.(epoch)
        this.whenAwake(() => owner.assigned(partitions, epoch))
      },
      revoked: partitions => this.whenAwake(() => owner.revoked(partitions)),
    }
    return this.#call(() => this.#own.join(group, topics, told))
  }

  #append(append: Append): Promise<Appended> {
    const { faults } = this.#options
    if (this.diesAt('call')) return never()
    if (this.#end) return Promise.reject(this.#end)
    return this.#inOrder(() => this.#own.append(append), faults.requestDelayMs(this.phase))
  }

  #commit(commit: Commit): Promise<readonly Appended[]> {
    const { faults } = this.#options
    if (this.#isGone) return never()
    if (this.#end) return Promise.reject(this.#end)
    const phase = this.#phase.of(commit)
    const isLast = runIn(commit.state)?.status.startsWith('completed') ?? false
    const planned = faults.plannedAt()
    const strike = planned ? 'crash' : faults.at('commit', phase)
    const isMade = strike !== undefined && !isLast && (planned ? planned === 'after' : faults.isMade())
    if (strike === 'crash' || strike === 'unacknowledged') return this.#goWrong(commit, strike, isMade, phase)
    const left = this.#struck(strike)
    if (left === 'io-error') {
      this.#isAiling = true
      return this.#answered(Promise.reject(ioError()))
    }
    if (left === 'disk-full') return this.#answered(Promise.reject(new InjectedError('DISK_FULL', 'the simulated disk is full; nothing of the commit was stored')))
    return this.#inOrder(() => this.#make(commit), faults.requestDelayMs(phase))
  }

  /** A process that dies while it commits, or hears nothing of it and lives on: it was made, or was not. */
  #goWrong(commit: Commit, strike: 'crash' | 'unacknowledged', isMade: boolean, phase: Phase): Promise<readonly Appended[]> {
    this.#options.trace.add(`${strike} ${isMade}`)
    const end = () => (strike === 'crash' ? this.crash() : this.#loseTrack())
    const wrong = (): Promise<never> => {
      end()
      if (strike === 'crash' || !this.#end) return never()
      return this.#answered(Promise.reject(this.#end))
    }
    if (!isMade) return wrong()
    // Where the run has ended meanwhile nobody would go on with it: the same command would begin the next.
    return this.#inOrder(() => {
      const making = this.#make(commit)
      const orWrong = () => (this.#isComplete ? making : wrong())
      return making.then(orWrong, orWrong)
    }, this.#options.faults.requestDelayMs(phase))
  }

  /** It must open the log again: what it has asked since may have come before or after. */
  #loseTrack(): void {
    this.#end ??= new InjectedError('OUTCOME_UNKNOWN', 'the simulated acknowledgement of a commit was lost: it was stored as a whole or not at all; open the log again')
    this.#own.crash()
    for (const refused of this.#unanswered) refused(this.#end)
  }

  #make(commit: Commit): Promise<readonly Appended[]> {
    this.#options.trace.commit(commit)
    if (runIn(commit.state)?.status.startsWith('completed') && !this.#isFrozen) {
      this.#isComplete = true
      this.#options.faults.disarm()
    }
    return this.#own.commit(commit)
  }

  /** What is asked reaches the log in the order it was asked, as the contract has it. */
  #inOrder<Result>(ask: () => Promise<Result>, delayMs: number | undefined): Promise<Result> {
    if (delayMs === undefined && this.#asking === 0) return this.#answered(ask())
    this.#asking++
    const turn = this.#queue.then(() => this.#pass(delayMs ?? 0))
    this.#queue = turn
    return turn.then(() => {
      this.#asking--
      if (this.#isGone) return never()
      return this.#answered(this.#end ? Promise.reject(this.#end) : ask())
    })
  }

  #call<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#isGone) return never()
    if (this.#end) return Promise.reject(this.#end)
    const strike = this.#struck(this.#options.faults.at('call', this.phase))
    if (this.#isGone) return never()
    return this.#answered(strike === 'io-error' ? Promise.reject(ioError()) : call())
  }

  /** Later, and in any order; to a frozen process when it goes on, to a dead one never. */
  #answered<Result>(asked: Promise<Result>): Promise<Result> {
    const { faults } = this.#options
    const delayMs = this.#isAiling ? faults.ailingMs() : faults.resultDelayMs(this.phase)
    return new Promise((resolve, reject) => {
      const refused = (error: unknown): void => {
        this.#unanswered.delete(refused)
        this.whenAwake(() => reject(error))
      }
      const said = (value: Result) => () => {
        this.#unanswered.delete(refused)
        this.whenAwake(() => resolve(value))
      }
      this.#unanswered.add(refused)
      asked.then(value => {
        if (delayMs === undefined) said(value)()
        else this.#options.clock.after(delayMs, said(value))
      }, refused)
    })
  }

  #pass(delayMs: number): Promise<void> {
    return new Promise(resolve => this.#options.clock.after(delayMs, resolve))
  }
}

function ioError(): InjectedError {
  return new InjectedError('EIO', 'the simulated disk failed: input/output error')
}
