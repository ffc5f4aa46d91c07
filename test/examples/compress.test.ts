import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Compressed } from '../../examples/compress/compress.ts'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

const decompress = { gzip: gunzipSync, brotli: brotliDecompressSync, zstd: zstdDecompressSync }

onEachEngine('each text is compressed in all formats, and once in the quickest', async engine => {
  using example = new Example('compress', engine)
  const { code, errors } = await example.run()
  equal(code, 0, errors)

  const texts = readdirSync(join(example.path, 'texts'))
  const listed = example.jsonLines<Compressed>('out/compressed.jsonl')
  const isQuickest = ({ path }: Compressed) => path.includes('quickest')
  const all = texts.flatMap(name => Object.keys(decompress).map(format => `${name} ${format}`))
  deepEqual(listed.filter(each => !isQuickest(each)).map(({ name, format }) => `${name} ${format}`).toSorted(), all.toSorted())
  deepEqual(listed.filter(isQuickest).map(({ name }) => name).toSorted(), texts.toSorted())

  for (const { name, format, path, bytes } of listed) {
    const compressed = readFileSync(path)
    equal(compressed.length, bytes)
    equal(decompress[format](compressed).toString(), example.text(`texts/${name}`))
  }
  ok(listed.every(({ path }) => !basename(path).endsWith('.part')))
})
