// The words of the documentation on this machine, counted: by default that of the packages in node_modules, or any files you name. Words are cut
// as `tr -s '[:space:]' '\n'` cuts them, by the byte; equal words of a block are counted before a function sees them.
//
//     npx batchwork run examples/documentation-words/pipeline.ts
//     npx batchwork run examples/documentation-words/pipeline.ts --files '/usr/share/doc/**/copyright'
//     npx node examples/documentation-words/chart.ts
//
// The result is examples/documentation-words/out/words.csv; chart.ts draws the most frequent in the terminal.
import { join } from 'node:path'
import { count, csvFile, pipeline, words } from 'batchwork'
import { z } from 'zod'

const params = z.object({ files: z.string().default('node_modules/*/*.md') })

export default pipeline('documentation words', { params }, (flow, { files }) => {
  const counts = flow.source('documentation', words(files))
    .keyBy(word => word)
    .reduce('counts', count())

  counts
    .map(({ key, value }) => ({ word: key, times: value }))
    .to(csvFile(join(import.meta.dirname, 'out', 'words.csv'), { columns: ['word', 'times'] }), { name: 'report' })
  return { counts }
})
