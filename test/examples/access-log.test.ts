import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

onEachEngine('the report agrees with a plain count of the log', async engine => {
  using example = new Example('access-log', engine)
  const generated = await example.node('generate.ts')
  equal(generated.code, 0, generated.errors)
  const { pages, unreadable } = countPlainly(join(example.path, 'out', 'logs', '2026-11-20'))
  ok(unreadable > 0)

  const { code, errors } = await example.run('--day', '2026-11-20')
  equal(code, 2, errors)
  const [header, ...rows] = example.text('out/pages-2026-11-20.csv').trimEnd().split('\n')
  equal(header, 'page,hits,bytes,visitors')
  deepEqual(rows.toSorted(), pages)
})

function countPlainly(folder: string): { readonly pages: readonly string[]; readonly unreadable: number } {
  const texts = [readFileSync(join(folder, 'morning.log')), gunzipSync(readFileSync(join(folder, 'noon.log.gz'))), readFileSync(join(folder, 'evening.log'))]
  const lines = texts.flatMap(text => text.toString().trimEnd().split('\n'))
  const hits = lines.filter(line => line.includes('" 200 ')).map(line => {
    const words = line.split(' ')
    return { visitor: words[0]!, page: words[6]!, bytes: Number(words.at(-1)) }
  })
  const pages = [...Map.groupBy(hits, ({ page }) => page)].map(([page, of]) => {
    const bytes = of.reduce((total, hit) => total + hit.bytes, 0)
    return `${page},${of.length},${bytes},${new Set(of.map(({ visitor }) => visitor)).size}`
  })
  return { pages: pages.toSorted(), unreadable: lines.filter(line => !line.includes('GET')).length }
}
