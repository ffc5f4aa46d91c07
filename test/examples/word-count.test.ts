import { deepEqual, equal } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { engines } from './engines.ts'
import { Example } from './example.ts'

for (const { name, skip, parameters } of engines) {
  test(`the words that a shell script counts are summed over all texts on ${name}`, { skip: skip || needs('sh', 'tr', 'grep', 'sort', 'uniq') }, async () => {
    using example = new Example('word-count')
    const { code, errors } = await example.run(...await parameters())
    equal(code, 0, errors)
    const words = readdirSync(join(example.path, 'texts')).flatMap(text => example.text(`texts/${text}`).toLowerCase().match(/[a-z]+/g) ?? [])
    const counted = [...Map.groupBy(words, word => word)].map(([word, times]) => `${word},${times.length}`)
    deepEqual(example.text('out/words.csv').trimEnd().split('\n').toSorted(), ['word,times', ...counted].toSorted())
  })
}
