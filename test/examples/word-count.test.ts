import { deepEqual, equal } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from '../needs.ts'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

onEachEngine('the words that a shell script counts are summed over all texts', async engine => {
  using example = new Example('word-count', engine)
  const { code, errors } = await example.run()
  equal(code, 0, errors)
  const words = readdirSync(join(example.path, 'texts')).flatMap(text => example.text(`texts/${text}`).toLowerCase().match(/[a-z]+/g) ?? [])
  const counted = [...Map.groupBy(words, word => word)].map(([word, times]) => `${word},${times.length}`)
  deepEqual(example.text('out/words.csv').trimEnd().split('\n').toSorted(), ['word,times', ...counted].toSorted())
}, { skip: needs('sh', 'tr', 'grep', 'sort', 'uniq') })
