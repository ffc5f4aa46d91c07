// Every process group started from here, so that none outlives this process however it leaves, short of SIGKILL. Inside a host the pool
// is told too (`watchGroups`): it ends the groups of a thread or process that it had to kill.
const groups = new Set<number>()
let watcher: ((pid: number, alive: boolean) => void) | undefined
let endsWithProcess = false

export function addGroup(pid: number): void {
  if (!endsWithProcess) process.on('exit', endAllGroups)
  endsWithProcess = true
  groups.add(pid)
  watcher?.(pid, true)
}

export function removeGroup(pid: number): void {
  if (groups.delete(pid)) watcher?.(pid, false)
}

export function watchGroups(watch: (pid: number, alive: boolean) => void): void {
  watcher = watch
}

export function endAllGroups(): void {
  for (const pid of groups) signalGroup(pid, 'SIGKILL')
}

/** Whether there was anything left to signal. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}
