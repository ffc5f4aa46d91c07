// A folder whose name survives a power failure: syncing what lies in it says nothing about its own name, which is its parent's content.
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Makes the folder, and those above it that are missing. Returns when they are on the disk. */
export function makeDurableFolder(folder: string): void {
  const topmost = mkdirSync(folder, { recursive: true })
  if (topmost === undefined) return
  const above = dirname(resolve(topmost))
  for (let at = resolve(folder); at !== above; at = dirname(at)) syncFolder(dirname(at))
}

/** Makes the names in it durable. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
