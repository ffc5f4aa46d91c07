// How often each line comes: a group-by of as many keys as there are different lines.
import { count, csvFile, lines, pipeline } from 'batchwork'
import { input, output } from './places.ts'

export default pipeline('line counts', flow => {
  flow.source('ids', lines(input))
    .keyBy(line => line.text)
    .reduce('keys', count())
    .to(csvFile(output, { columns: ['key', 'value'] }))
})
