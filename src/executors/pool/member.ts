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
}

export class Member {
  readonly tasks = new Map<number, Task>()
  readonly watches = new Map<number, Watch>()
  readonly groups = new Set<number>()
  ready = false
  gone = false
  /** It runs a part of the isolation and nothing else. */
  isolated = false
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
    this.#batches.push({ first, end: first + tasks.length, claims })
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

  /** Watches what has been here since the tick before. `abortedFree` gets tasks that need no answer from the host. */
  watchSlow(nowMs: number, abortedFree: (task: Task) => void): void {
    for (const [item, task] of this.tasks) {
      if (item >= this.#numberAtTick) break
      if (!this.watches.has(item)) this.#watch(item, task, nowMs, abortedFree)
    }
    this.#numberAtTick = this.#nextNumber
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

  #watch(item: number, task: Task, nowMs: number, abortedFree: (task: Task) => void): void {
    let watch: Watch | undefined
    const onAbort = () => {
      if (this.#takeBack(item)) {
        this.take(item)
        abortedFree(task)
        return
      }
      if (watch) watch.abortedAtMs = performance.now()
      this.post({ kind: 'abort', item, reason: toWire(task.context.signal.reason) })
    }
    watch = new Watch(task, onAbort)
    if (!this.tasks.has(item)) return watch.stop()
    if (task.context.signal.aborted) watch.abortedAtMs ??= nowMs
    this.watches.set(item, watch)
  }

  #unwatch(item: number): void {
    this.watches.get(item)?.stop()
    this.watches.delete(item)
  }

  #takeBack(item: number): boolean {
    const batch = this.#batches.find(({ first, end }) => item >= first && item < end)
    if (!batch?.claims) return false
    return Atomics.compareExchange(batch.claims, item - batch.first, claim.free, claim.takenBack) === claim.free
  }

  #dropFinishedBatches(): void {
    const oldest = this.tasks.keys().next().value ?? this.#nextNumber
    while (this.#batches[0] && this.#batches[0].end <= oldest) this.#batches.shift()
  }
}
