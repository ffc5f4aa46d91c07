// The same sum as in chunk-step.ts, by a function on each item of the stage that writes: nothing is stored between, as in a step of Spring Batch.
import { jsonLinesFile, lines, pipeline } from 'batchwork'
import { input, output } from './places.ts'
import { priced } from './priced.ts'

export default pipeline('orders', flow => {
  flow.source('lines', lines(input)).map(priced).to(jsonLinesFile(output))
})
