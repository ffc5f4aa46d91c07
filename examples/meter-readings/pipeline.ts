// Readings come in small files; the archive wants large ones. They gather, durably, until there are 500, 1 MB of them, or an hour is over,
// and each batch becomes one compressed file. A crash in the middle neither loses a reading nor writes it into two files.
//
//     npx node examples/meter-readings/generate.ts
//     npx batchwork run examples/meter-readings/pipeline.ts
//
// The result is the files in examples/meter-readings/out/archive, and out/archive.csv, which lists them.
import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { csvFile, jsonLines, pipeline, type Context } from 'batchwork'
import { z } from 'zod'

const out = join(import.meta.dirname, 'out')
const reading = z.object({ meter: z.int(), hour: z.int(), watts: z.number() })

export default pipeline('meter readings', flow => {
  const archived = flow.source('readings', jsonLines(join(out, 'readings', '*.jsonl')), { schema: reading })
    .batch('archive batches', { count: 500, size: '1MB', within: '1h' })
    .work('archive', archive)
  archived.to(csvFile(join(out, 'archive.csv'), { columns: ['file', 'readings'] }), { name: 'list' })
})

/** The file is named by the batch's id: an attempt that is made again replaces what the first one wrote. */
async function archive(readings: readonly z.infer<typeof reading>[], { id }: Context): Promise<{ readonly file: string; readonly readings: number }> {
  const file = `${createHash('sha256').update(id).digest('hex').slice(0, 16)}.jsonl.gz`
  const packed = await promisify(gzip)(readings.map(each => `${JSON.stringify(each)}\n`).join(''))
  await mkdir(join(out, 'archive'), { recursive: true })
  await writeFile(join(out, 'archive', `${file}.part`), packed, { flush: true })
  await rename(join(out, 'archive', `${file}.part`), join(out, 'archive', file))
  return { file, readings: readings.length }
}
