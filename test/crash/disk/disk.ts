// A disk with a cache that forgets. What was synced is there after a power cut; of the rest, by chance: a write is kept, lost, torn at 512-byte
// borders or leaves zeros, in any order; a new size or name is kept or not. Nothing is assumed of a file system but what POSIX says: a file's
// content is there when the file was synced, its name when its folder was.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Operation } from './recording.ts'

const sectorBytes = 512

type Change = { readonly position: number; readonly bytes: Buffer } | { readonly size: number }

interface File {
  readonly isFolder: boolean
  synced: Buffer
  unsynced: Change[]
}

/** Names given or taken away together. */
type NameChange = ReadonlyMap<string, File | undefined>

export class Disk {
  /** As the process sees it. */
  readonly #names = new Map<string, File>()
  readonly #syncedNames = new Map<string, File>()
  /** By folder. */
  readonly #unsyncedNames = new Map<string, NameChange[]>()

  /** What was there before; '' is the root. */
  constructor(before: ReadonlyMap<string, Buffer | 'folder'>) {
    for (const [path, content] of before) {
      const file: File = { isFolder: content === 'folder', synced: content === 'folder' ? Buffer.alloc(0) : content, unsynced: [] }
      this.#names.set(path, file)
      this.#syncedNames.set(path, file)
    }
  }

  apply(operation: Operation): void {
    switch (operation.kind) {
      case 'said': return
      case 'open': return this.#open(operation.path, operation.creates, operation.truncates)
      case 'write': return void this.#names.get(operation.path)?.unsynced.push({ position: operation.position, bytes: operation.bytes })
      case 'truncate': return void this.#names.get(operation.path)?.unsynced.push({ size: operation.size })
      case 'sync': return this.#sync(operation.path)
      case 'mkdir': return this.#rename(new Map([[operation.path, newFile(true)]]))
      case 'unlink': return this.#rename(new Map([[operation.path, undefined]]))
      case 'rename': return this.#rename(new Map([[operation.from, undefined], [operation.path, this.#names.get(operation.from)]]))
    }
  }

  /** What is found when the power is back. `random` gives 0 to 1. */
  writeImage(target: string, random: () => number): void {
    const names = new Map(this.#syncedNames)
    const policy = random()
    for (const changes of this.#unsyncedNames.values()) for (const change of survivors(changes, policy, random)) apply(names, change)
    for (const [path, file] of [...names].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
      if (!isReachable(names, path)) continue
      if (file.isFolder) mkdirSync(join(target, path), { recursive: true })
      else writeFileSync(join(target, path), contentOf(file, policy, random))
    }
  }

  #open(path: string, creates: boolean, truncates: boolean): void {
    const file = this.#names.get(path)
    if (!file && creates) return this.#rename(new Map([[path, newFile(false)]]))
    if (file && truncates) file.unsynced.push({ size: 0 })
  }

  #rename(change: NameChange): void {
    apply(this.#names, change)
    const folder = dirname([...change.keys()].at(-1)!)
    this.#unsyncedNames.set(folder, [...(this.#unsyncedNames.get(folder) ?? []), change])
  }

  #sync(path: string): void {
    const file = this.#names.get(path)
    if (file?.isFolder) {
      const folder = path === '' ? '.' : path
      for (const change of this.#unsyncedNames.get(folder) ?? []) apply(this.#syncedNames, change)
      this.#unsyncedNames.delete(folder)
    } else if (file) {
      file.synced = file.unsynced.reduce(changed, file.synced)
      file.unsynced = []
    }
  }
}

function newFile(isFolder: boolean): File {
  return { isFolder, synced: Buffer.alloc(0), unsynced: [] }
}

function apply(names: Map<string, File>, change: NameChange): void {
  for (const [path, file] of change) {
    if (file) names.set(path, file)
    else names.delete(path)
  }
}

function isReachable(names: ReadonlyMap<string, File>, path: string): boolean {
  const folder = dirname(path)
  return folder === '.' || path === '' || (names.get(folder)?.isFolder === true && isReachable(names, folder))
}

/** One disk in four forgets all that was not synced, one keeps it in order up to some point; the others choose for each change. */
function survivors<T>(changes: readonly T[], policy: number, random: () => number): readonly T[] {
  if (policy < 0.25) return []
  if (policy < 0.5) return changes.slice(0, Math.floor(random() * (changes.length + 1)))
  return changes.filter(() => random() < 0.5)
}

function contentOf({ synced, unsynced }: File, policy: number, random: () => number): Buffer {
  return survivors(unsynced, policy, random).reduce((content, change) => changed(content, 'bytes' in change && policy >= 0.5 ? torn(content, change, random) : change), synced)
}

function changed(content: Buffer, change: Change): Buffer {
  const size = 'bytes' in change ? Math.max(content.length, change.position + change.bytes.length) : change.size
  const next = Buffer.alloc(size)
  content.copy(next, 0, 0, Math.min(content.length, size))
  if ('bytes' in change) change.bytes.copy(next, change.position)
  return next
}

/** Half of the writes that survive do so in part: each of their sectors is new or old, and where there was nothing, zeros. */
function torn(content: Buffer, { position, bytes }: { readonly position: number; readonly bytes: Buffer }, random: () => number): Change {
  if (random() < 0.5) return { position, bytes }
  const mixed = Buffer.alloc(bytes.length)
  if (position < content.length) content.copy(mixed, 0, position, Math.min(content.length, position + bytes.length))
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + sectorBytes - ((position + at) % sectorBytes))
    if (random() < 0.5) bytes.copy(mixed, at, at, end)
    at = end
  }
  return { position, bytes: mixed }
}
