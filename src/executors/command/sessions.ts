// All that a command started: what is in the session it leads, also where a program made a process group of its own, as `timeout` does. Known from /proc
// on Linux; elsewhere the command's group is all that is known. Only `setsid` leaves a session.
import { readdirSync, readFileSync } from 'node:fs'
import { signalGroup } from '../process-groups.ts'

/** USER_HZ: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100
const sweepAfterMs = 250

export interface ProcessUse {
  readonly group: number
  readonly session: number
  /** With that of the children it waited for. */
  readonly cpuMs: number
  readonly memoryBytes: number
}

export function signalSession(session: number, signal: NodeJS.Signals): void {
  for (const group of new Set([session, ...groupsIn(new Set([session]))])) signalGroup(group, signal)
}

/** What ended commands left running is ended a moment later, that of many at once: each look reads a file for each process of the machine. */
export class SessionSweep {
  #ended = new Set<number>()
  #timer: NodeJS.Timeout | undefined

  add(session: number): void {
    this.#ended.add(session)
    this.#timer ??= setTimeout(() => this.now(), sweepAfterMs)
  }

  now(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const group of groupsIn(this.#ended)) signalGroup(group, 'SIGKILL')
    this.#ended = new Set()
  }
}

function groupsIn(sessions: ReadonlySet<number>): ReadonlySet<number> {
  const groups = new Set<number>()
  if (sessions.size > 0) for (const { session, group } of processes()) if (sessions.has(session)) groups.add(group)
  return groups
}

/** Those of this machine that can be seen; none but on Linux. */
export function* processes(): Generator<ProcessUse> {
  if (process.platform !== 'linux') return
  for (const entry of readdirSync('/proc')) {
    const use = entry.charCodeAt(0) > 57 ? undefined : useOf(entry)
    if (use) yield use
  }
}

/** Fields of proc_pid_stat(5), counted from after the name, which may hold anything. */
function useOf(pid: string): ProcessUse | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])
    return { group: Number(fields[2]), session: Number(fields[3]), cpuMs: ticks * 1_000 / ticksPerSecond, memoryBytes: Number(fields[21]) * pageBytes() }
  } catch {
    return undefined // It ended meanwhile.
  }
}

let pageBytesFound: number | undefined

/** Most systems have pages of 4 KiB, some of ARM 16 or 64. */
function pageBytes(): number {
  return pageBytesFound ??= Number(/^KernelPageSize:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps', 'latin1'))?.[1] ?? 4) * 1_024
}
