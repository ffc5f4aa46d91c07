// One thread or process of a pool and the tasks in it, by number. It tells what became of each; what to do about it is the pool's.
import type { Task } from '../../executor.ts'
import { signalGroup } from '../process-groups.ts'
import { batchOf } from './batch.ts'
import type { Channel } from './channel.ts'
import { claim, type ToHost } from './messages.ts'
import { Watch } from './watch.ts'
import { toWire } from './wire-error.ts'

interface Batch {
  readonly first: number
  readonly end: number
  readonly claims: Int8Array<SharedArrayBuffer> | undefined
  readonly sentAtMs: number
}

export class Member {
  readonly tasks = new Map<number, Task>()
  readonly watches = new Map<number, Watch>()
  readonly groups = new Set<number>()
  ready = false
  gone = false
  /** Set apart: it runs one suspect at a time and nothing else, once what was in it before is done. */
  apart = false
  heardAtMs = 0
  #channel: Channel | undefined
  #batches: Batch[] = []
  #nextNumber = 0
  #numberAtTick = 0

  attach(channel: Channel): void {
    this.#channel = channel
  }

  post(message: ToHost): void {
    if (!this.gone) this.#channel?.send(message)
  }

  send(tasks: readonly Task[]): void {
    const first = this.#nextNumber
    const claims = this.#channel?.sharesMemory ? new Int8Array(new SharedArrayBuffer(tasks.length)) : undefined
    this.post(batchOf(tasks, first, claims))
    this.#dropFinishedBatches()
    this.#batches.push({ first, end: first + tasks.length, claims, sentAtMs: performance.now() })
    this.#nextNumber += tasks.length
    for (let index = 0; index < tasks.length; index++) this.tasks.set(first + index, tasks[index]!)
  }

  /** The task of this number, which is no longer in here. */
  take(item: number): Task | undefined {
    const task = this.tasks.get(item)
    if (!task) return undefined
    this.tasks.delete(item)
    if (this.watches.size > 0) this.#unwatch(item)
    return task
  }

  takeAll(): Task[] {
    const tasks = [...this.tasks.values()]
    for (const item of this.watches.keys()) this.#unwatch(item)
    this.tasks.clear()
    this.#batches = []
    return tasks
  }

  /** Takes out what its host has not begun. */
  takeFree(): Task[] {
    const free = [...this.tasks.keys()].filter(item => this.#takeBack(item))
    return free.flatMap(item => this.take(item) ?? [])
  }

  /** Watches what has been here since the tick before, and aborts what is overdue. */
  watchSlow(nowMs: number): void {
    for (const [item, task] of this.tasks) {
      if (item >= this.#numberAtTick) break
      if (!this.watches.has(item)) this.#watch(item, task)
    }
    this.#numberAtTick = this.#nextNumber
    for (const watch of this.watches.values()) watch.check(nowMs)
  }

  async end(): Promise<void> {
    this.gone = true
    await this.#channel?.end()
    this.endGroups()
  }

  noteGroup(pid: number, alive: boolean): void {
    if (alive) this.groups.add(pid)
    else this.groups.delete(pid)
  }

  /** The commands its workers had started. */
  endGroups(): void {
    for (const pid of this.groups) signalGroup(pid, 'SIGKILL')
    this.groups.clear()
  }

  #watch(item: number, task: Task): void {
    const sentAtMs = this.#batchOf(item)?.sentAtMs ?? performance.now()
    this.watches.set(item, new Watch(task, sentAtMs, reason => this.post({ kind: 'abort', item, reason: toWire(reason) })))
  }

  #unwatch(item: number): void {
    this.watches.get(item)?.stop()
    this.watches.delete(item)
  }

  #takeBack(item: number): boolean {
    const batch = this.#batchOf(item)
    if (!batch?.claims) return false
    return Atomics.compareExchange(batch.claims, item - batch.first, claim.free, claim.takenBack) === claim.free
  }

  #batchOf(item: number): Batch | undefined {
    return this.#batches.find(({ first, end }) => item >= first && item < end)
  }

  #dropFinishedBatches(): void {
    const oldest = this.tasks.keys().next().value ?? this.#nextNumber
    while (this.#batches[0] && this.#batches[0].end <= oldest) this.#batches.shift()
  }
}
