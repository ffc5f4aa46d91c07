// Ten million items pending in a store: how long a new process takes from its start to the first item at work.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { sized, type Bench } from './bench.ts'
import { alternate, loadOf, medianOf, rangeOf } from './measure/alternate.ts'
import { inChild } from './measure/child.ts'
import { bytesIn, inFreshFolder } from './measure/folder.ts'
import type { FirstItem, Milestones } from './subjects/first-item.ts'

const pending = 10_000_000
const pendingInSmallStore = 1_000
const startsPerRound = 3

interface Start extends Milestones {
  /** Seen from the parent, from before the process is made. */
  readonly ms: number
}

export const bench: Bench = {
  name: 'restart',
  about: 'From the start of a process (connect, start) to its first item at work. The process is killed there each time, so every start but the first finds what a killed process left. The files are in the page cache.',
  targets: [{ figure: 'start to first item', unit: 'ms', atMost: 1_000 }],
  async run({ share, rounds, note }) {
    const items = sized(pending, share, 10_000)
    return inFreshFolder(small => inFreshFolder(async large => {
      note(`restart: storing ${items} items`)
      await inChild('fill-store', { folder: small, items: pendingInSmallStore })
      await inChild('fill-store', { folder: large, items })
      const results = await alternate([
        { name: `${items} pending`, measure: () => firstItem(large) },
        { name: `${pendingInSmallStore} pending`, measure: () => firstItem(small) },
      ], rounds * startsPerRound, text => note(`restart: ${text}`))
      const bytes = [bytesIn(large), bytesIn(small)]
      return {
        tables: [{
          title: `Medians of ${rounds * startsPerRound} alternating starts, in ms`,
          columns: ['store', 'MB', 'to the first item', 'range', 'modules loaded after', 'connected after', 'load'],
          rows: results.map((result, index) => [
            result.name, (bytes[index]! / 1e6).toFixed(1), medianOf(result, ({ ms }) => ms).toFixed(0), rangeOf(result, ({ ms }) => ms),
            medianOf(result, ({ loaded }) => loaded).toFixed(0), medianOf(result, ({ connected }) => connected).toFixed(0), loadOf(result),
          ]),
        }],
        figures: { 'start to first item': medianOf(results[0]!, ({ ms }) => ms), 'start to first item, small store': medianOf(results[1]!, ({ ms }) => ms) },
      }
    }))
  },
}

async function firstItem(folder: string): Promise<Start> {
  const file = fileURLToPath(new URL('subjects/first-item.ts', import.meta.url))
  const start = performance.now()
  const child = spawn(process.execPath, [file, JSON.stringify({ folder } satisfies FirstItem)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) {
    const ms = performance.now() - start
    child.kill('SIGKILL')
    await ended
    return { ...(JSON.parse(line) as Milestones), ms }
  }
  throw new Error('The process ended before an item was at work; its errors are above.')
}
