import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { needs } from '../needs.ts'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

onEachEngine('the words of the documentation are those that tr, sort and uniq count in the same files', async engine => {
  using example = new Example('documentation-words', engine)
  const { code, errors } = await example.run()
  equal(code, 0, errors)

  const rows = parse(example.text('out/words.csv'), { columns: true }) as readonly { readonly word: string; readonly times: string }[]
  const counted = rows.map(({ word, times }) => `${times} ${word}`).toSorted()
  ok(counted.length > 1_000)
  deepEqual(counted, countedByShell(globSync('node_modules/*/*.md', { cwd: join(example.path, '..', '..') }).map(file => join(example.path, '..', '..', file))))

  const chart = await example.node('chart.ts')
  equal(chart.output.trimEnd().split('\n').length, 20, chart.errors)
}, { skip: needs('sh', 'tr', 'sort', 'uniq') })

function countedByShell(files: readonly string[]): readonly string[] {
  const script = 'for file; do cat "$file"; echo; done | tr -s "[:space:]" "\\n" | LC_ALL=C sort | LC_ALL=C uniq -c'
  const output = execFileSync('sh', ['-c', script, 'sh', ...files], { encoding: 'utf8', maxBuffer: 1e9, env: { PATH: process.env['PATH'], LC_ALL: 'C' } })
  return output.trimEnd().split('\n').map(line => line.trimStart()).filter(line => !/^\d+ ?$/.test(line)).toSorted()
}
