// Word counts by a TypeScript function that splits each line.
import { count, csvFile, lines, pipeline } from 'batchwork'
import { input, output } from './places.ts'

export default pipeline('word count', flow => {
  flow.source('text', lines(input))
    .flatMap(line => line.text.split(' '))
    .keyBy(word => word)
    .reduce('words', count())
    .to(csvFile(output, { columns: ['key', 'value'] }))
})
