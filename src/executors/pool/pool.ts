// Runs tasks in several hosts, threads or processes alike: batches out, results in, dead and hung hosts replaced. An item's outcome never
// depends on its neighbours: what was beside a killer or a hung item runs again.
import type { Executor, Task, WorkerReference, WorkTimes } from '../../executor.ts'
import { BatchworkError, CrashedError } from '../../model/errors.ts'
import type { OpenChannel } from './channel.ts'
import { checkData } from './data.ts'
import { Member } from './member.ts'
import type { Done, FromHost, Loader } from './messages.ts'
import { Pace } from './pace.ts'
import { emptiestOf, nextApart } from './placement.ts'
import { TaskQueue } from './queue.ts'
import { Suspects } from './suspects.ts'
import { timeoutOf } from './watch.ts'
import { fromWire, type WireError } from './wire-error.ts'

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
  readonly keepsDeadlines = true
  readonly #options: PoolOptions
  readonly #queue = new TaskQueue()
  readonly #suspects = new Suspects()
  readonly #pace = new Pace()
  #members: Member[] = []
  readonly #ending = new Set<Promise<void>>()
  #dispatching = false
  #ticker: NodeJS.Timeout | undefined
  #diedLoading = 0
  #timed = 0
  #timedMs = 0
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
    if (this.#suspects.isConvicted(task)) this.#suspects.add([task])
    else this.#queue.push(task)
    this.#dispatchSoon()
  }

  /** In their hosts: an item that was sent may wait there behind others. */
  takeTimes(): WorkTimes {
    const times = { timed: this.#timed, timedMs: this.#timedMs, blockedMs: 0 }
    this.#timed = this.#timedMs = 0
    return times
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
    this.#dispatchSuspects()
    while (this.#queue.length > 0) {
      const member = this.#roomiest()
      if (!member || this.#canWait(member)) return
      this.#send(member, this.#queue.take(this.#shareOf(member)))
    }
  }

  #dispatchSuspects(): void {
    for (const member of this.#members) if (member.tasks.size === 0) member.apart = false
    while (this.#suspects.length > 0) {
      const member = nextApart(this.#members, this.#queue.length > 0)
      if (!member) return
      member.apart = true
      if (member.tasks.size > 0) return
      this.#send(member, this.#suspects.take())
      if (member.tasks.size === 0) member.apart = false
    }
  }

  #roomiest(): Member | undefined {
    const emptiest = emptiestOf(this.#members)
    return emptiest && emptiest.tasks.size < this.#pace.roomOf(this.#options.perMember) ? emptiest : undefined
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
      case 'aborting': return this.#answered(member, message.item, message.hasBegun)
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

  #done(member: Member, { settled, results, failed, errors, elapsedMs, atWorkMs }: Done): void {
    this.#timed += settled.length + failed.length
    this.#timedMs += atWorkMs
    this.#pace.measured(settled.length + failed.length, elapsedMs)
    for (let index = 0; index < settled.length; index++) this.#settle(member, settled[index]!, results[index])
    for (let index = 0; index < failed.length; index++) this.#fail(member, failed[index]!, errors[index]!)
    if (this.#queue.length + this.#suspects.length > 0) this.#dispatchSoon()
    else if (this.#idle) this.#stopTicking()
  }

  #settle(member: Member, item: number, result: unknown): void {
    const overdue = member.watches.get(item)?.overdue
    const task = member.take(item)
    if (overdue === undefined) task?.settle(result)
    else task?.fail(overdue)
  }

  #fail(member: Member, item: number, error: WireError): void {
    const overdue = member.watches.get(item)?.overdue
    const task = member.take(item)
    task?.fail(overdue ?? asAbortReason(task, fromWire(error)))
  }

  get #idle(): boolean {
    return this.#queue.length + this.#suspects.length === 0 && this.#members.every(({ tasks }) => tasks.size === 0)
  }

  // ── Death ──
  #died(member: Member, how: string): void {
    this.#remove(member)
    if (!member.ready) return this.#diedWhileLoading(how)
    const unbegun = member.takeFree()
    const suspects = member.takeAll()
    this.#queue.putBack(unbegun)
    this.#judge(suspects, ({ context }) => new CrashedError(context.stage, how))
    if (!this.#idle) this.#dispatchSoon()
  }

  /** What was alone did it; of several it may be any. */
  #judge(suspects: readonly Task[], verdict: (task: Task) => Error): void {
    if (suspects.length !== 1) return this.#suspects.add(suspects)
    const [guilty] = suspects
    this.#suspects.convict(guilty!)
    guilty!.fail(verdict(guilty!))
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
    for (const task of [...this.#queue.takeAborted(), ...this.#suspects.takeAborted()]) failAborted(task)
    for (const member of this.#members) {
      member.watchSlow(nowMs)
      this.#giveUpAborted(member, nowMs)
    }
    this.#share(nowMs)
    if (this.#idle) this.#stopTicking()
    else this.#dispatchSoon()
  }

  // An answer that took long came from an event loop that one of its items kept: which, nobody knows.
  #answered(member: Member, item: number, hasBegun: boolean): void {
    const watch = member.watches.get(item)
    if (!watch?.abort) return
    const nowMs = performance.now()
    const wasKept = nowMs - watch.abort.atMs > this.#options.graceMs / 2 && member.tasks.size > 1
    watch.answer(hasBegun, nowMs)
    if (watch.answered && wasKept && !member.tasks.get(item)?.context.signal.aborted) this.#suspects.add(this.#abandon(member, item))
  }

  #giveUpAborted(member: Member, nowMs: number): void {
    for (const [item, { abort, answered }] of member.watches) {
      if (!abort || nowMs - abort.atMs < this.#options.graceMs) continue
      if (!answered) return this.#endHung(member)
      for (const task of this.#abandon(member, item)) task.fail(abort.reason)
    }
  }

  #abandon(member: Member, item: number): readonly Task[] {
    const task = member.take(item)
    member.post({ kind: 'abandon', item })
    return task ? [task] : []
  }

  #endHung(member: Member): void {
    this.#remove(member)
    this.#queue.putBack(member.takeFree())
    const tasks = member.takeAll()
    const aborted = tasks.filter(({ context }) => context.signal.aborted)
    const others = tasks.filter(task => !aborted.includes(task))
    for (const task of aborted) failAborted(task)
    if (aborted.length > 0) this.#suspects.add(others)
    else this.#judge(others, timeoutOf)
    this.#dispatchSoon()
  }

  // Batches are cut by the time items usually take; behind one that takes long, the others go to whoever is idle.
  #share(nowMs: number): void {
    if (this.#queue.length > 0 || !this.#members.some(({ ready, tasks }) => ready && tasks.size === 0)) return
    const slow = this.#members.filter(({ heardAtMs, tasks, apart }) => !apart && tasks.size > 1 && nowMs - heardAtMs > tickMs)
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
    const waiting = [...this.#queue.take(this.#queue.length), ...this.#suspects.take(this.#suspects.length), ...members.flatMap(member => member.takeAll())]
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
