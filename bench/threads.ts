// What a second thread brings: the page count with the option `threads` at 1 and at 2, and the bare prototype beside it, which says what the machine gives.
import { join } from 'node:path'
import { sized, type Bench } from './bench.ts'
import { contest, known, ratio } from './contest.ts'
import { buildWithPipelines, counting } from './counting.ts'
import { makeAccessLog } from './data/access-log.ts'
import { inFreshFolder } from './measure/folder.ts'
import { bareThreads } from './peers/node-counts.ts'

const lines = 4_000_000
const nameWith = (threads: number) => `batchwork, threads: ${threads}`

export const bench: Bench = {
  name: 'threads',
  about: 'The page count of page-counts by a function on each line, with one thread and with two.',
  targets: [{ figure: 'two threads, as fast as one', unit: 'times', atLeast: 1.8 }],
  async run({ share, rounds, note }) {
    return inFreshFolder(async folder => {
      const build = buildWithPipelines(folder)
      const data = makeAccessLog(join(folder, 'access.log'), sized(lines, share, 10_000))
      const withThreads = (threads: number) => counting(build, { name: nameWith(threads), pipeline: 'page-counts', settings: `reduce with threads: ${threads}`, threads })
      const { table, seconds } = await contest({
        data, rounds, note: text => note(`threads: ${text}`),
        contestants: [withThreads(2), withThreads(1), bareThreads('page', 2), bareThreads('page', 1)],
      })
      return {
        tables: [table],
        figures: known({
          'two threads, as fast as one': ratio(seconds(nameWith(1)), seconds(nameWith(2))),
          'the bare prototype: two threads, as fast as one': ratio(seconds(bareThreads('page', 1).name), seconds(bareThreads('page', 2).name)),
        }),
      }
    })
  },
}
