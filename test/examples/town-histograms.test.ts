import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

onEachEngine('the nation has the people of its towns, aged as those who were asked', async engine => {
  using example = new Example('town-histograms', engine)
  equal((await example.node('generate.ts')).code, 0)
  const { code, errors } = await example.run()
  equal(code, 0, errors)

  const people = JSON.parse(example.text('out/survey/towns.json')) as Readonly<Record<string, number>>
  const histograms = Object.keys(people).map(town => ({ key: town, value: histogramOf(example, town) }))
  deepEqual(example.jsonLines<{ readonly key: string }>('out/towns.jsonl').toSorted((a, b) => (a.key < b.key ? -1 : 1)), histograms)

  const nation = JSON.parse(example.text('out/nation.json')) as readonly number[]
  const expected = nation.map((_, bucket) => histograms.reduce((sum, { key, value }) => sum + (value[bucket]! / total(value)) * people[key]!, 0))
  ok(nation.every((value, bucket) => Math.abs(value - expected[bucket]!) < 1e-6), `${nation.join(' ')} is not ${expected.join(' ')}`)
  ok(Math.abs(total(nation) - total(Object.values(people))) < 1e-6)

  const chart = await example.node('chart.ts')
  equal(chart.output.trimEnd().split('\n').length, 10, chart.errors)
})

function histogramOf(example: Example, town: string): readonly number[] {
  const file = readdirSync(join(example.path, 'out', 'survey')).find(name => name === `${town.toLowerCase()}.jsonl`)!
  const ages = example.jsonLines<{ readonly age: number }>(`out/survey/${file}`).map(({ age }) => age)
  return Array.from({ length: 10 }, (_, decade) => ages.filter(age => Math.min(9, Math.floor(age / 10)) === decade).length)
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
