import { deepEqual, equal } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { Example } from './example.ts'

test('the words that a shell script counts are summed over all texts', { skip: needs('sh', 'tr', 'grep', 'sort', 'uniq') }, async () => {
  using example = new Example('word-count')
  const { code, errors } = await example.run()
  equal(code, 0, errors)
  const words = readdirSync(join(example.path, 'texts')).flatMap(name => example.text(`texts/${name}`).toLowerCase().match(/[a-z]+/g) ?? [])
  const counted = [...Map.groupBy(words, word => word)].map(([word, times]) => `${word},${times.length}`)
  deepEqual(example.text('out/words.csv').trimEnd().split('\n').toSorted(), ['word,times', ...counted].toSorted())
})
