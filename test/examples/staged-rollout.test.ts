import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { pageOf, type Packed } from '../../examples/staged-rollout/compressors.ts'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

const unpack = { gzip: gunzipSync, brotli: brotliDecompressSync }

onEachEngine('a bad version in one shard of four meets a quarter of the pages, loses none, and is rolled back by itself', async engine => {
  using example = new Example('staged-rollout', engine)
  const { code, output, errors } = await example.run()
  equal(code, 0, errors)

  const pages = example.jsonLines<Packed>('out/pages.jsonl')
  equal(new Set(pages.map(({ day }) => day)).size, 365)
  equal(pages.length, 365)
  for (const { day, version, body } of pages) equal(unpack[version](Buffer.from(body, 'base64')).toString(), pageOf(day))

  const retried = Number(/^pack(?: +\d+){6} +(\d+)/m.exec(output)?.[1])
  const packedByNew = pages.filter(({ version }) => version === 'brotli')
  const touched = packedByNew.length + retried
  ok(retried >= 5, output)
  ok(touched > 365 / 5 && touched < 365 / 3, `${touched} pages met the new version`)
  deepEqual(new Set(packedByNew.map(({ shard }) => shard)), new Set(['north']))
  match(output + errors, /the rollout was rolled back: \d+ of the last \d+ attempts in shard 'north' failed under the new worker, 0 of \d+ under the old one/)

  const again = await example.run()
  equal(again.code, 0, again.errors)
  ok(example.jsonLines<Packed>('out/pages.jsonl').every(({ version }) => version === 'gzip'))
})
