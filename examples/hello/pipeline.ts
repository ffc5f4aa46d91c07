// The smallest pipeline: three names in, three greetings in a file out.
//
//     npx batchwork run examples/hello/pipeline.ts
//
// The result is examples/hello/out/greetings.jsonl.
import { join } from 'node:path'
import { items, jsonLinesFile, pipeline } from 'batchwork'

export default pipeline('hello', flow => {
  flow.source('names', items(['Ada', 'Grace', 'Edsger']))
    .work('greet', name => ({ greeting: `Hello, ${name}!` }))
    .to(jsonLinesFile(join(import.meta.dirname, 'out', 'greetings.jsonl')), { name: 'greetings' })
})
