// Page counts by a TypeScript function on each line.
import { count, csvFile, lines, pipeline } from 'batchwork'
import { pageOf } from './page-of.ts'
import { input, output, threads } from './places.ts'

export default pipeline('page counts', flow => {
  flow.source('log', lines(input))
    .map(line => pageOf(line.text))
    .keyBy(page => page)
    .reduce('pages', count(), threads === undefined ? {} : { threads })
    .to(csvFile(output, { columns: ['key', 'value'] }))
})
