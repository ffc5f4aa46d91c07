// Where run files lie: a folder for each run beside the store, in it one for each stage. They go with the history of the run.
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Below the folder of the store. `scope` is pipeline/run. */
export function shuffleFolder(store: string, scope: string, stage: string): string {
  return join(scopeFolder(store, scope), folderName(stage))
}

export async function forgetShuffles(store: string, scopes: readonly string[]): Promise<void> {
  for (const scope of scopes) await rm(scopeFolder(store, scope), { recursive: true, force: true })
}

function scopeFolder(store: string, scope: string): string {
  return join(store, 'shuffle', folderName(scope))
}

/** Names may hold what a file system does not take, and be longer: what can be read of them, and a hash. */
function folderName(name: string): string {
  return `${name.replaceAll(/[^a-zA-Z0-9-]+/g, '-').slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`
}
