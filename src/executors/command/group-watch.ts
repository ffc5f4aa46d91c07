// Holds commands to their share of processors and memory, where no cgroup may be written: on Linux, as any user. Every 100 ms it reads from
// /proc what all in a command's session use together; what is over its memory is killed, what has used up its share of time stands still until it
// has it again. The one thing to know: what has left the session (setsid) or was not waited for is not seen.
import { processes, signalSession } from './sessions.ts'
import type { GroupLimits } from './spawner-messages.ts'

const lookEveryMs = 100
/** A group that rested may catch up this much. */
const burstMs = 200

export interface GroupUse {
  readonly cpuMs: number
  readonly memoryBytes: number
}

interface Watched {
  readonly limits: GroupLimits
  /** Called when it is killed for its memory. */
  readonly onPassed: (use: GroupUse) => void
  lookedAt: number
  cpuMs: number
  /** Processor time it may use before it stands still. */
  creditMs: number
  isStopped: boolean
}

export class GroupWatch {
  readonly #groups = new Map<number, Watched>()
  #timer: NodeJS.Timeout | undefined

  add(pid: number, limits: GroupLimits, onPassed: Watched['onPassed']): void {
    this.#groups.set(pid, { limits, onPassed, lookedAt: performance.now(), cpuMs: 0, creditMs: burstMs * (limits.cpu ?? 0), isStopped: false })
    this.#timer ??= setInterval(() => this.look(), lookEveryMs).unref()
  }

  remove(pid: number): void {
    this.#groups.delete(pid)
    if (this.#groups.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  look(): void {
    const uses = usesOf(this.#groups)
    const now = performance.now()
    for (const [pid, watched] of this.#groups) hold(pid, watched, uses.get(pid) ?? { cpuMs: 0, memoryBytes: 0 }, now)
  }
}

function hold(pid: number, watched: Watched, use: GroupUse, now: number): void {
  const { memoryBytes, cpu } = watched.limits
  if (memoryBytes !== undefined && use.memoryBytes > memoryBytes) {
    watched.onPassed(use)
    signalSession(pid, 'SIGKILL')
  } else if (cpu !== undefined) {
    holdToShare(pid, watched, cpu, use, now)
  }
}

function holdToShare(pid: number, watched: Watched, cpu: number, use: GroupUse, now: number): void {
  // The time of a member that nobody waited for is gone with it.
  const usedMs = Math.max(0, use.cpuMs - watched.cpuMs)
  watched.creditMs = Math.min(burstMs * cpu, watched.creditMs + (now - watched.lookedAt) * cpu) - usedMs
  watched.cpuMs = Math.max(watched.cpuMs, use.cpuMs)
  watched.lookedAt = now
  const shouldStop = watched.creditMs < 0
  if (shouldStop === watched.isStopped) return
  watched.isStopped = shouldStop
  signalSession(pid, shouldStop ? 'SIGSTOP' : 'SIGCONT')
}

/** What the members of each of these sessions use, summed. */
function usesOf(sessions: { has(pid: number): boolean }): ReadonlyMap<number, GroupUse> {
  const uses = new Map<number, GroupUse>()
  for (const { session, cpuMs, memoryBytes } of processes()) {
    if (!sessions.has(session)) continue
    const sum = uses.get(session) ?? { cpuMs: 0, memoryBytes: 0 }
    uses.set(session, { cpuMs: sum.cpuMs + cpuMs, memoryBytes: sum.memoryBytes + memoryBytes })
  }
  return uses
}
