// Private folders for commands, in memory where there is enough of it. Each process has one root, named by its process id, so that a later
// one can tell which were left by the dead.
import { accessSync, chmodSync, constants, lstatSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'batchwork-commands-'
const memory = '/dev/shm'
const memoryFreeMin = 1_073_741_824

let root: string | undefined

export function commandRoot(): string {
  return root ??= makeRoot()
}

function makeRoot(): string {
  const base = hasRoom(memory) ? memory : tmpdir()
  removeStale(base)
  const made = mkdtempSync(join(base, `${prefix}${process.pid}-`))
  chmodSync(made, 0o700)
  process.on('exit', () => rmSync(made, { recursive: true, force: true }))
  return made
}

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= memoryFreeMin
  } catch {
    return false
  }
}

/** Folders of processes that are no more. Never another user's: in a shared folder a name proves nothing. */
export function removeStale(base: string, start = prefix): void {
  for (const name of readdirSync(base)) {
    if (!name.startsWith(start)) continue
    const path = join(base, name)
    if (isMine(path) && !isAlive(Number.parseInt(name.slice(start.length), 10))) rmSync(path, { recursive: true, force: true })
  }
}

function isMine(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat !== undefined && stat.isDirectory() && stat.uid === process.getuid?.()
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
