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
  return new Proxy(log, { get: (target, name) => (name === 'commit' ? commit : bound(target, name)) })
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

function bound(target: Log, name: string | symbol): unknown {
  const value = (target as unknown as Record<string | symbol, unknown>)[name]
  return typeof value === 'function' ? value.bind(target) : value
}
