// A whole state store, read page by page.
import type { Log } from '../log.ts'

const pageEntries = 1_000

export async function allEntries(log: Log, store: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (let after: string | undefined; ; ) {
    const entries = await log.scan(store, after, pageEntries)
    for (const { key, value } of entries) found.set(key, value)
    if (entries.length < pageEntries) return found
    after = entries.at(-1)!.key
  }
}
