// The peak memory of a page count over a hundred megabytes, a gigabyte and, with --large, ten.
import { join } from 'node:path'
import { sized, type Bench } from './bench.ts'
import { contest, known } from './contest.ts'
import { buildWithPipelines, counting } from './counting.ts'
import { bytesPerLine, makeAccessLog } from './data/access-log.ts'
import { inFreshFolder } from './measure/folder.ts'

const megabytes = [100, 1_000] as const
const megabytesLarge = 10_000
const ours = 'batchwork, a function on each line'

export const bench: Bench = {
  name: 'memory',
  about: 'The most that the process ever had in memory (VmHWM) for the page count of page-counts, by size of the input.',
  targets: [{ figure: 'peak memory, largest input above the smallest', unit: 'MB', atMost: 64 }],
  async run({ share, rounds, note, isLarge }) {
    const peaks: (number | undefined)[] = []
    const rows: (string | number)[][] = []
    for (const size of isLarge ? [...megabytes, megabytesLarge] : megabytes) {
      const { row, peakMb } = await measure(sized((size * 1e6) / bytesPerLine, share, 10_000), rounds, text => note(`memory, ${size} MB: ${text}`))
      peaks.push(peakMb)
      rows.push(row)
    }
    return {
      tables: [{ title: 'Medians', columns: ['input MB', 'peak MB', 's'], rows }],
      figures: known({ 'peak memory, largest input above the smallest': (peaks.at(-1) ?? Number.NaN) - (peaks[0] ?? Number.NaN) }),
      notes: isLarge ? [] : ['The 10 GB take part with --large only: they need 10 GB of disk.'],
    }
  },
}

/** The file of each size is gone before the next is made. */
async function measure(lines: number, rounds: number, note: (text: string) => void) {
  return inFreshFolder(async folder => {
    const build = buildWithPipelines(folder)
    note('makes the log')
    const data = makeAccessLog(join(folder, 'access.log'), lines)
    const { seconds, peakMb } = await contest({ data, rounds, note, contestants: [counting(build, { name: ours, pipeline: 'page-counts', settings: '' })] })
    return { peakMb: peakMb(ours), row: [(data.bytes / 1e6).toFixed(0), (peakMb(ours) ?? 0).toFixed(0), (seconds(ours) ?? 0).toFixed(2)] }
  })
}
