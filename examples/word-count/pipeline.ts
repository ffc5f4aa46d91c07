// Word count with a worker that is no TypeScript at all: count.sh gets each text in the file named by WORK_ITEM_FILE and leaves its
// counts in the file named by WORK_RESULT_FILE. The counts of all texts are then summed by word.
//
//     npx batchwork run examples/word-count/pipeline.ts
//
// The result is examples/word-count/out/words.csv.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command, csvFile, files, pipeline, sum } from 'batchwork'
import { z } from 'zod'

const here = import.meta.dirname

export default pipeline('word count', flow => {
  const words = flow.source('texts', files(join(here, 'texts', '*.txt')))
    .work('read', async ({ path }) => new Uint8Array(await readFile(path)))
    // An item of bytes goes to the command, and comes back, as it is; any other as a JSON document.
    .work('count', command<Uint8Array>('sh', join(here, 'count.sh')).result(z.instanceof(Uint8Array)), { concurrency: 2, timeout: '1m' })
    .flatMap(countsIn)
    .keyBy(({ word }) => word)
    .reduce('words', sum(({ times }) => times))

  words.map(({ key, value }) => ({ word: key, times: value })).to(csvFile(join(here, 'out', 'words.csv'), { columns: ['word', 'times'] }), { name: 'report' })
  return { words }
})

/** Lines such as '     12 the'. */
function countsIn(output: Uint8Array): { readonly word: string; readonly times: number }[] {
  const lines = new TextDecoder().decode(output).split('\n').filter(line => line !== '')
  return lines.map(line => {
    const [times = '', word = ''] = line.trim().split(' ')
    return { word, times: Number(times) }
  })
}
