// Page counts of an access log of 4,000,000 lines (511 MB), beside the tools people would reach for and the bare prototype.
import { join } from 'node:path'
import { sized, type Bench } from './bench.ts'
import { contest, known, ratio } from './contest.ts'
import { buildWithPipelines, counting } from './counting.ts'
import { makeAccessLog } from './data/access-log.ts'
import { inFreshFolder } from './measure/folder.ts'
import { duckdb } from './peers/duckdb.ts'
import { bareThreads } from './peers/node-counts.ts'
import { cutSortUniq, mawk } from './peers/shell-counts.ts'
import { spark } from './peers/spark.ts'

const lines = 4_000_000
const ours = 'batchwork, a function on each line'
const oursByField = 'batchwork, fields()'
const bare = bareThreads('page', 2)

export const bench: Bench = {
  name: 'page-counts',
  about: 'An access log in the combined format, 128 bytes a line: the hits of each of 20,000 pages, written to a file. Every output is held to the counts of the generator.',
  targets: [
    { figure: 'a function on each line, of the bare prototype', unit: 'times its time', atMost: 1.15 },
    { figure: 'a function on each line, as fast as mawk', unit: 'times', atLeast: 1.5 },
    { figure: 'a function on each line, as fast as Spark', unit: 'times', atLeast: 8 },
    { figure: 'fields(), of DuckDB', unit: 'times its time', atMost: 1 },
  ],
  async run({ share, rounds, note }) {
    return inFreshFolder(async folder => {
      const build = buildWithPipelines(folder)
      note('page-counts: makes the log')
      const data = makeAccessLog(join(folder, 'access.log'), sized(lines, share, 10_000))
      const { table, notes, seconds } = await contest({
        data, rounds, note: text => note(`page-counts: ${text}`),
        contestants: [
          counting(build, { name: ours, pipeline: 'page-counts', settings: 'lines, map, keyBy, reduce count, csvFile' }),
          counting(build, { name: oursByField, pipeline: 'page-fields', settings: 'fields, keyBy, reduce count, csvFile' }),
          bare, duckdb('page'), mawk('page'), cutSortUniq({ memory: '1G' }), spark('page'),
        ],
      })
      return {
        tables: [table], notes: [`Input: ${data.lines} lines, ${data.bytes} bytes, ${data.distinct} pages.`, ...notes],
        figures: known({
          'a function on each line, of the bare prototype': ratio(seconds(ours), seconds(bare.name)),
          'a function on each line, as fast as mawk': ratio(seconds('mawk'), seconds(ours)),
          'a function on each line, as fast as Spark': ratio(seconds('Spark'), seconds(ours)),
          'fields(), of DuckDB': ratio(seconds(oursByField), seconds('DuckDB')),
        }),
      }
    })
  },
}
