// Word counts of 45,000,000 words in 3,750,000 lines (316 MB).
import { join } from 'node:path'
import { sized, type Bench } from './bench.ts'
import { contest, known, ratio } from './contest.ts'
import { buildWithPipelines, counting } from './counting.ts'
import { makeProse } from './data/prose.ts'
import { inFreshFolder } from './measure/folder.ts'
import { duckdb } from './peers/duckdb.ts'
import { bareThreads, plainNodeWords } from './peers/node-counts.ts'
import { mawk, parallelMawk } from './peers/shell-counts.ts'
import { spark } from './peers/spark.ts'

const lines = 3_750_000
const ours = 'batchwork, a function on each line'
const oursBySplitter = 'batchwork, words()'

export const bench: Bench = {
  name: 'word-count',
  about: 'Words between spaces, 49,000 different ones with the frequencies of a language: how often each comes, written to a file. Every output is held to the counts of the generator.',
  targets: [
    { figure: 'a function on each line, as fast as mawk', unit: 'times', atLeast: 2 },
    { figure: 'words(), of DuckDB', unit: 'times its time', atMost: 1 },
  ],
  async run({ share, rounds, note }) {
    return inFreshFolder(async folder => {
      const build = buildWithPipelines(folder)
      note('word-count: makes the text')
      const data = makeProse(join(folder, 'prose.txt'), sized(lines, share, 10_000))
      const { table, notes, seconds } = await contest({
        data, rounds, note: text => note(`word-count: ${text}`),
        contestants: [
          counting(build, { name: ours, pipeline: 'word-count', settings: 'lines, flatMap split, keyBy, reduce count, csvFile' }),
          counting(build, { name: oursBySplitter, pipeline: 'word-splitter', settings: 'words, keyBy, reduce count, csvFile' }),
          duckdb('word'), mawk('word'), parallelMawk('word'), spark('word'), plainNodeWords, bareThreads('word', 2),
        ],
      })
      return {
        tables: [table], notes: [`Input: ${data.items} words in ${data.lines} lines, ${data.bytes} bytes, ${data.distinct} different words.`, ...notes],
        figures: known({
          'a function on each line, as fast as mawk': ratio(seconds('mawk'), seconds(ours)),
          'words(), of DuckDB': ratio(seconds(oursBySplitter), seconds('DuckDB')),
        }),
      }
    })
  },
}
