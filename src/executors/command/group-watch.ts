// Holds process groups to their share of processors and memory, where no cgroup may be written: on Linux, as any user. Every 100 ms it reads from
// /proc what the members of each group use together; a group over its memory is killed, one that has used up its share of time stands still until it
// has it again. The one thing to know: what has left the group (setsid) or was not waited for is not seen.
import { readdirSync, readFileSync } from 'node:fs'
import { signalGroup } from '../process-groups.ts'
import type { GroupLimits } from './spawner-messages.ts'

const lookEveryMs = 100
/** USER_HZ: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100
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
    const uses = groupUses(this.#groups)
    const now = performance.now()
    for (const [pid, watched] of this.#groups) hold(pid, watched, uses.get(pid) ?? { cpuMs: 0, memoryBytes: 0 }, now)
  }
}

function hold(pid: number, watched: Watched, use: GroupUse, now: number): void {
  const { memoryBytes, cpu } = watched.limits
  if (memoryBytes !== undefined && use.memoryBytes > memoryBytes) {
    watched.onPassed(use)
    signalGroup(pid, 'SIGKILL')
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
  signalGroup(pid, shouldStop ? 'SIGSTOP' : 'SIGCONT')
}

/** What the members of each of these groups use, summed. Costs a file read for each process of the machine. */
export function groupUses(groups: { has(pid: number): boolean }): ReadonlyMap<number, GroupUse> {
  const uses = new Map<number, GroupUse>()
  for (const entry of readdirSync('/proc')) {
    if (entry.charCodeAt(0) > 57) continue
    const stat = statOf(entry)
    if (!stat || !groups.has(stat.group)) continue
    const { cpuMs, memoryBytes } = uses.get(stat.group) ?? { cpuMs: 0, memoryBytes: 0 }
    uses.set(stat.group, { cpuMs: cpuMs + stat.cpuMs, memoryBytes: memoryBytes + stat.memoryBytes })
  }
  return uses
}

/** Fields of proc_pid_stat(5), counted from after the name, which may hold anything. */
function statOf(pid: string): (GroupUse & { readonly group: number }) | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])
    return { group: Number(fields[2]), cpuMs: ticks * 1_000 / ticksPerSecond, memoryBytes: Number(fields[21]) * pageBytes() }
  } catch {
    return undefined // It ended meanwhile.
  }
}

let pageBytesFound: number | undefined

/** Most systems have pages of 4 KiB, some of ARM 16 or 64. */
function pageBytes(): number {
  return pageBytesFound ??= Number(/^KernelPageSize:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps', 'latin1'))?.[1] ?? 4) * 1_024
}
