// The chunk-oriented step: lines of a file, priced in chunks, to a file. The same sum as in peers/spring-batch.
import { inChunks, jsonLinesFile, lines, pipeline, type LineItem } from 'batchwork'
import { chunkSize, input, output } from './places.ts'

function priced({ text }: LineItem) {
  const [order, amount] = text.split(';') as [string, string]
  const [whole, hundredths] = amount.split('.')
  const cents = Number(whole) * 100 + Number(hundredths)
  return { order, cents: Math.floor((cents * 119 + 50) / 100) }
}

export default pipeline('orders', flow => {
  flow.source('lines', lines(input))
    .work('price', inChunks(chunk => chunk.map(priced), { size: chunkSize }))
    .to(jsonLinesFile(output))
})
