// Runs tasks in several hosts, threads or processes alike: batches out, results in, dead and hung hosts replaced. An item's outcome never
// depends on its neighbours: what was beside a killer or a hung item runs again.
import type { Executor, Task, WorkerReference } from '../../executor.ts'
import { BatchworkError, CrashedError } from '../../model/errors.ts'
import { Isolation } from '../isolation.ts'
import type { OpenChannel } from './channel.ts'
import { checkData } from './data.ts'
import { Member } from './member.ts'
import type { Done, FromHost, Loader } from './messages.ts'
import { Pace } from './pace.ts'
import { TaskQueue } from './queue.ts'
import { fromWire } from './wire-error.ts'

const tickMs = 25
const diedLoadingMax = 3

export interface PoolOptions {
  readonly members: number
  /** Items at once in each. */
  readonly perMember: number
  readonly reference: WorkerReference
  readonly loader: Loader
  readonly open: OpenChannel
  /** How long an aborted item may go on before it is given up, or its host ended if that does not answer. */
  readonly graceMs: number
}

export class Pool implements Executor {
  readonly #options: PoolOptions
  readonly #queue = new TaskQueue()
  readonly #isolation = new Isolation<Task>()
  readonly #pace = new Pace()
  #members: Member[] = []
  readonly #ending = new Set<Promise<void>>()
  #dispatching = false
  #ticker: NodeJS.Timeout | undefined
  #diedLoading = 0
  #refusal: unknown

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Grows as items prove to be quick, so read it each time. */
  get capacity(): number {
    return this.#options.members * this.#pace.roomOf(this.#options.perMember)
  }

  start(task: Task): void {
    if (this.#refusal !== undefined) return task.fail(this.#refusal)
    this.#queue.push(task)
    this.#dispatchSoon()
  }

  async close(): Promise<void> {
    this.#refuse(new BatchworkError('CLOSED', 'the workers of this stage were ended before this item was done; it runs again in the next run'))
    await Promise.all(this.#ending)
  }

  // After the caller's turn: what it starts together goes out together.
  #dispatchSoon(): void {
    if (this.#dispatching) return
    this.#dispatching = true
    queueMicrotask(() => {
      this.#dispatching = false
      if (this.#refusal === undefined) this.#dispatch()
    })
  }

  #dispatch(): void {
    while (this.#members.length < this.#options.members) this.#members.push(this.#open())
    this.#ticker ??= setInterval(() => this.#tick(), tickMs)
    this.#dispatchIsolated()
    while (this.#queue.length > 0) {
      const member = this.#roomiest()
      if (!member || this.#canWait(member)) return
      this.#send(member, this.#queue.take(this.#shareOf(member)))
    }
  }

  // A host with nothing else in it is always at hand: the one that replaced the dead, or the one that finished the part before.
  #dispatchIsolated(): void {
    if (!this.#isolation.busy || this.#isolation.running) return
    const member = this.#members.find(({ ready, tasks }) => ready && tasks.size === 0)
    const part = member && this.#isolation.next()
    if (!part) return
    member.isolated = true
    this.#send(member, part)
  }

  #roomiest(): Member | undefined {
    let roomiest: Member | undefined
    for (const member of this.#members) {
      if (member.ready && !member.isolated && member.tasks.size < (roomiest?.tasks.size ?? Infinity)) roomiest = member
    }
    return roomiest && roomiest.tasks.size < this.#pace.roomOf(this.#options.perMember) ? roomiest : undefined
  }

  #shareOf(member: Member): number {
    const room = this.#pace.roomOf(this.#options.perMember) - member.tasks.size
    return Math.min(room, this.#pace.batch, Math.ceil(this.#queue.length / this.#options.members))
  }

  // Sent as they come, a few results would call for as small a batch, and that for ever.
  #canWait(member: Member): boolean {
    const { batch } = this.#pace
    return this.#queue.length < batch && member.tasks.size >= this.#options.perMember + batch / 2
  }

  #send(member: Member, tasks: readonly Task[]): void {
    const sendable = tasks.filter(task => isSendable(task))
    member.heardAtMs = performance.now()
    try {
      if (sendable.length > 0) member.send(sendable)
    } catch (error) {
      if (sendable.length === 1) sendable[0]!.fail(error)
      else for (const task of sendable) this.#send(member, [task])
    }
    this.#finishPart(member)
  }

  #finishPart(member: Member): void {
    if (!member.isolated || member.tasks.size > 0) return
    member.isolated = false
    this.#isolation.survived()
    this.#dispatchSoon()
  }

  #open(): Member {
    const { open, loader, reference, perMember } = this.#options
    const member = new Member()
    member.attach(open({
      message: message => { if (!member.gone) this.#heard(member, message) },
      ended: how => { if (!member.gone) this.#died(member, how) },
    }))
    member.post({ kind: 'setup', loader, reference, perMember })
    return member
  }

  #heard(member: Member, message: FromHost): void {
    member.heardAtMs = performance.now()
    switch (message.kind) {
      case 'done': return this.#done(member, message)
      case 'ready': return this.#ready(member)
      case 'broken': return this.#refuse(fromWire(message.error))
      case 'aborting': {
        const watch = member.watches.get(message.item)
        if (watch) watch.answered = true
        return
      }
      case 'log': return member.tasks.get(message.item)?.context.log[message.level](message.message, message.data)
      case 'progress': return member.tasks.get(message.item)?.context.progress(message.done, message.total)
      case 'group': return member.noteGroup(message.pid, message.alive)
    }
  }

  #ready(member: Member): void {
    member.ready = true
    this.#diedLoading = 0
    this.#dispatchSoon()
  }

  #done(member: Member, { settled, results, failed, errors, elapsedMs }: Done): void {
    this.#pace.measured(settled.length + failed.length, elapsedMs)
    for (let index = 0; index < settled.length; index++) member.take(settled[index]!)?.settle(results[index])
    for (let index = 0; index < failed.length; index++) {
      const task = member.take(failed[index]!)
      task?.fail(asAbortReason(task, fromWire(errors[index]!)))
    }
    this.#finishPart(member)
    if (this.#queue.length > 0) this.#dispatchSoon()
    else if (this.#idle) this.#stopTicking()
  }

  get #idle(): boolean {
    return this.#queue.length === 0 && !this.#isolation.busy && this.#members.every(({ tasks }) => tasks.size === 0)
  }

  // ── Death ──
  #died(member: Member, how: string): void {
    this.#remove(member)
    if (!member.ready) return this.#diedWhileLoading(how)
    const unbegun = member.takeFree()
    const suspects = member.takeAll()
    const killer = this.#killerAmong(member, suspects)
    this.#queue.putBack(unbegun)
    killer?.fail(new CrashedError(killer.context.stage, how))
    if (!this.#idle) this.#dispatchSoon()
  }

  #killerAmong(member: Member, suspects: readonly Task[]): Task | undefined {
    if (member.isolated) return this.#isolation.died(suspects)
    if (suspects.length === 1) return suspects[0]
    this.#isolation.suspect(suspects)
    return undefined
  }

  #diedWhileLoading(how: string): void {
    this.#diedLoading++
    const { stage, module } = this.#options.reference
    if (this.#diedLoading < diedLoadingMax) this.#dispatchSoon()
    else this.#refuse(new BatchworkError('CRASHED', `the worker of stage '${stage}' died ${diedLoadingMax} times while ${module} was loading: it ${how}; try to import that file on its own`))
  }

  #remove(member: Member): void {
    this.#members = this.#members.filter(one => one !== member)
    const ending = member.end().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }

  // ── Aborts and hung hosts ──
  #tick(): void {
    const nowMs = performance.now()
    for (const task of this.#queue.takeAborted()) failAborted(task)
    for (const member of this.#members) {
      member.watchSlow(nowMs, failAborted)
      this.#giveUpAborted(member, nowMs)
      this.#finishPart(member)
    }
    this.#share(nowMs)
    if (this.#idle) this.#stopTicking()
  }

  #giveUpAborted(member: Member, nowMs: number): void {
    for (const [item, { abortedAtMs, answered }] of member.watches) {
      if (abortedAtMs === undefined || nowMs - abortedAtMs < this.#options.graceMs) continue
      if (!answered) return this.#endHung(member)
      const task = member.take(item)
      member.post({ kind: 'abandon', item })
      if (task) failAborted(task)
    }
  }

  #endHung(member: Member): void {
    this.#remove(member)
    const tasks = member.takeAll()
    const others = tasks.filter(({ context }) => !context.signal.aborted)
    if (member.isolated) this.#isolation.interrupted(others)
    else this.#queue.putBack(others)
    for (const task of tasks) if (task.context.signal.aborted) failAborted(task)
    this.#dispatchSoon()
  }

  // Batches are cut by the time items usually take; behind one that takes long, the others go to whoever is idle.
  #share(nowMs: number): void {
    if (this.#queue.length > 0 || !this.#members.some(({ ready, tasks }) => ready && tasks.size === 0)) return
    const slow = this.#members.filter(({ heardAtMs, tasks, isolated }) => !isolated && tasks.size > 1 && nowMs - heardAtMs > tickMs)
    for (const member of slow) this.#queue.putBack(member.takeFree())
    if (this.#queue.length > 0) this.#dispatchSoon()
  }

  #stopTicking(): void {
    clearInterval(this.#ticker)
    this.#ticker = undefined
  }

  // ── The end ──
  #refuse(reason: unknown): void {
    this.#refusal ??= reason
    this.#stopTicking()
    const members = this.#members
    for (const member of members) this.#remove(member)
    const waiting = [...this.#queue.take(this.#queue.length), ...this.#isolation.drain(), ...members.flatMap(member => member.takeAll())]
    for (const task of waiting) task.fail(this.#refusal)
  }
}

function isSendable(task: Task): boolean {
  try {
    checkData(task.value, 'the item')
    return true
  } catch (error) {
    task.fail(error)
    return false
  }
}

function failAborted(task: Task): void {
  task.fail(task.context.signal.reason)
}

// A worker that heeds its signal throws the reason, of which a copy comes back: the original says more.
function asAbortReason(task: Task, error: unknown): unknown {
  if (!(error instanceof Error) || !(error.name === 'AbortError' || error.name === 'TimeoutError')) return error
  const { signal } = task.context
  return signal.aborted ? signal.reason : error
}
