// The copier and the race: each text is compressed in three formats, and once more in whichever of them is done first.
//
//     npx batchwork run examples/compress/pipeline.ts
//
// The results are in examples/compress/out: the compressed files, and compressed.jsonl, which lists them. Cancelling the losers of the race is
// best effort: such small files may be finished in all three formats, but only the winner is listed.
import { join } from 'node:path'
import { files, jsonLinesFile, pipeline, race } from 'batchwork'
import { compress } from './compress.ts'

const here = import.meta.dirname

export default pipeline('compress', flow => {
  const texts = flow.source('texts', files(join(here, 'texts', '*.txt')))

  // A stream that is used several times is stored once and read by each at its own pace.
  const copies = texts.copy(['gzip', 'brotli', 'zstd'], (text, format) =>
    text.work(format, compress(format, join(here, 'out', 'all')), { concurrency: 2, timeout: '1m' }))

  const quickest = join(here, 'out', 'quickest')
  const first = texts.work('quickest', race(compress('gzip', quickest), compress('brotli', quickest), compress('zstd', quickest)), { timeout: '1m' })

  flow.merge('compressed', [...Object.values(copies), first])
    .to(jsonLinesFile(join(here, 'out', 'compressed.jsonl')), { name: 'list' })
})
