// Word counts by the built-in word splitter.
import { count, csvFile, pipeline, words } from 'batchwork'
import { input, output } from './places.ts'

export default pipeline('word count', flow => {
  flow.source('text', words(input))
    .keyBy(word => word)
    .reduce('words', count())
    .to(csvFile(output, { columns: ['key', 'value'] }))
})
