// The log as the stages of a run see it: every commit is noted in the backlog, and a full disk is waited out where nothing was given
// away. (Stages make anew what they append and send it again themselves.)
import type { Clock } from '../clock.ts'
import type { Appended, Commit, Log } from '../log.ts'
import type { Backlog } from './backlog.ts'

export const diskFullRetryMs = 1_000

export interface Noting {
  readonly clock: Clock
  readonly backlog: () => Backlog | undefined
  readonly onTrouble: (error: Error) => void
}

export function notedLog(log: Log, noting: Noting): Log {
  const commit = async (given: Commit): Promise<readonly Appended[]> => {
    // Counted before the buffers are given away.
    const sizes = given.appends.map(({ chunk }) => chunk.values.byteLength)
    const results = given.appends.length === 0 ? await patiently(() => log.commit(given), noting) : await log.commit(given)
    noting.backlog()?.appended(given, results, sizes)
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
