// A small process that starts commands for a large one: starting a process takes the longer the more memory the process has that does it, and
// its event loop stands still meanwhile. When its parent is gone, however it went, it ends every command and itself.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { signalGroup } from '../process-groups.ts'
import { GroupWatch } from './group-watch.ts'
import { SessionSweep, signalSession } from './sessions.ts'
import type { End, FromSpawner, GroupLimits, Start, ToSpawner } from './spawner-messages.ts'

/** Only a command that runs longer than this is told by its pid. */
const tellPidAfterMs = 10

const running = new Map<number, number>()
const watched = new GroupWatch()
const sweep = new SessionSweep()
const nothing = openSync('/dev/null', 'r+')

process.on('message', (message: ToSpawner) => ('program' in message ? start(message) : end(message)))
process.on('disconnect', () => {
  for (const pid of running.values()) signalSession(pid, 'SIGKILL')
  sweep.now()
  process.exit()
})
// A signal from the terminal is the parent's affair: it lets commands finish, or ends them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

function start({ number, program, parameters, folder, environment, errorOutput, limits }: Start): void {
  try {
    const errors = openSync(errorOutput, 'a')
    try {
      watch(number, spawn(program, parameters, { cwd: folder, env: environment, stdio: [nothing, nothing, errors], detached: true }), limits)
    } finally {
      closeSync(errors)
    }
  } catch (error) {
    notStarted(number, error as NodeJS.ErrnoException)
  }
}

function watch(number: number, child: ReturnType<typeof spawn>, limits: GroupLimits | undefined): void {
  const { pid } = child
  if (pid === undefined) return void child.once('error', (error: NodeJS.ErrnoException) => notStarted(number, error))
  running.set(number, pid)
  let memoryBytes: number | undefined
  if (limits) watched.add(pid, limits, use => (memoryBytes = use.memoryBytes))
  const timer = setTimeout(() => tell({ number, pid }), tellPidAfterMs)
  child.once('exit', (code, signal) => {
    clearTimeout(timer)
    signalGroup(pid, 'SIGKILL')
    sweep.add(pid)
    running.delete(number)
    if (limits) watched.remove(pid)
    tell({ number, code, signal, memoryBytes })
  })
}

function end({ number, graceMs }: End): void {
  const pid = running.get(number)
  if (pid === undefined) return
  signalSession(pid, 'SIGTERM')
  // Standing still it would not hear it.
  signalSession(pid, 'SIGCONT')
  setTimeout(() => {
    if (running.has(number)) signalSession(pid, 'SIGKILL')
  }, graceMs)
}

function notStarted(number: number, { code, message }: NodeJS.ErrnoException): void {
  tell({ number, error: { code, message } })
}

function tell(message: FromSpawner): void {
  if (process.connected) process.send!(message)
}
