// A group-by with 10,000,000 different keys, by programs that may each hold half a gigabyte.
import { join } from 'node:path'
import { sized, type Bench } from './bench.ts'
import { contest, known, ratio } from './contest.ts'
import { buildWithPipelines, counting } from './counting.ts'
import { makeKeys } from './data/keys.ts'
import { inFreshFolder } from './measure/folder.ts'
import { duckdb } from './peers/duckdb.ts'
import { sortLinesUniq } from './peers/shell-counts.ts'
import { spark } from './peers/spark.ts'

const keys = 10_000_000
const ours = 'batchwork'

export const bench: Bench = {
  name: 'distinct-keys',
  about: 'Twice as many lines of 13 characters as there are different ones: how often each comes, written to a file. The limit of 512 MB is told to each program in its own way; its peak says what it held.',
  targets: [
    { figure: 'as fast as sort | uniq -c', unit: 'times', atLeast: 1 },
    { figure: 'as fast as Spark', unit: 'times', atLeast: 1 },
    { figure: 'peak memory', unit: 'MB', atMost: 512 },
  ],
  async run({ share, rounds, note }) {
    return inFreshFolder(async folder => {
      const build = buildWithPipelines(folder)
      note('distinct-keys: makes the keys')
      const data = makeKeys(join(folder, 'keys.txt'), sized(keys, share, 100_000))
      const { table, notes, seconds, peakMb } = await contest({
        data, rounds, note: text => note(`distinct-keys: ${text}`),
        contestants: [
          counting(build, { name: ours, pipeline: 'line-counts', settings: 'lines, keyBy, reduce count with its default memory, csvFile' }),
          sortLinesUniq({ memory: '512M' }), duckdb('line', { memoryLimit: '512MB' }), spark('line', { heap: '512m' }),
        ],
      })
      return {
        tables: [table], notes: [`Input: ${data.lines} lines, ${data.bytes} bytes, ${data.distinct} keys.`, ...notes],
        figures: known({
          'as fast as sort | uniq -c': ratio(seconds('sort | uniq -c'), seconds(ours)),
          'as fast as Spark': ratio(seconds('Spark'), seconds(ours)),
          'as fast as DuckDB': ratio(seconds('DuckDB'), seconds(ours)),
          'peak memory': peakMb(ours),
        }),
      }
    })
  },
}
