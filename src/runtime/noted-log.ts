// The log as the parts of a run see it: what each commit changes is noted, and a full disk is waited out.
import type { Clock } from '../clock.ts'
import type { Appended, Commit, Log, StateChange } from '../log.ts'

const diskFullRetryMs = 1_000

export interface Noting {
  readonly clock: Clock
  readonly committed: (commit: Commit, appended: readonly Appended[]) => void
  readonly changed: (state: readonly StateChange[]) => void
  readonly onTrouble: (error: Error) => void
}

export function notedLog(log: Log, noting: Noting): Log {
  const commit = async (given: Commit): Promise<readonly Appended[]> => {
    const results = await patiently(() => log.commit(given), noting)
    noting.committed(given, results)
    noting.changed(given.state)
    return results
  }
  return withMethods(log, { commit })
}

/** The log, with these methods in place of its own. */
export function withMethods(log: Log, instead: Partial<Log>): Log {
  const methods = new Map<string | symbol, unknown>(Object.entries(instead))
  return new Proxy(log, {
    get: (target, name) => {
      const known = methods.get(name)
      if (known !== undefined) return known
      const value = (target as unknown as Record<string | symbol, unknown>)[name]
      if (typeof value !== 'function') return value
      const bound: unknown = value.bind(target)
      methods.set(name, bound)
      return bound
    },
  })
}

async function patiently<T>(commit: () => Promise<T>, { clock, onTrouble }: Noting): Promise<T> {
  for (;;) {
    try {
      return await commit()
    } catch (error) {
      if ((error as { code?: string }).code !== 'DISK_FULL') throw error
      onTrouble(error as Error)
      await new Promise<void>(resolve => clock.after(diskFullRetryMs, resolve))
    }
  }
}
