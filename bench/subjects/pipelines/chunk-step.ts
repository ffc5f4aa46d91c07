// The chunk-oriented step: lines of a file, priced in chunks, to a file. What the worker gives is stored before the sink takes it.
import { inChunks, jsonLinesFile, lines, pipeline } from 'batchwork'
import { chunkSize, input, output } from './places.ts'
import { priced } from './priced.ts'

export default pipeline('orders', flow => {
  flow.source('lines', lines(input))
    .work('price', inChunks(chunk => chunk.map(priced), { size: chunkSize }))
    .to(jsonLinesFile(output))
})
