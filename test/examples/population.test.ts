import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

onEachEngine('the states have the people of their counties, and the chart shows the largest first', async engine => {
  using example = new Example('population', engine)
  equal((await example.node('generate.ts')).code, 0)
  const { code, errors } = await example.run()
  equal(code, 0, errors)

  const [header, ...rows] = example.text('out/states.csv').trimEnd().split('\n')
  equal(header, 'state,people,counties,largest,deviation')
  deepEqual(rows.toSorted(), statesOf(example))

  const chart = await example.node('chart.ts')
  const people = chart.output.trimEnd().split('\n').map(line => Number(line.split(' ').at(-1)!.replaceAll(',', '')))
  equal(people.length, 12, chart.errors)
  ok(people.every((value, index) => index === 0 || value <= people[index - 1]!))
})

/** By a plain count of the files: the state and the population are the last two fields of a row. */
function statesOf(example: Example): readonly string[] {
  const files = readdirSync(join(example.path, 'out', 'counties'))
  const rows = files.flatMap(file => example.text(`out/counties/${file}`).split('\r\n').slice(1)).map(row => row.split(',').slice(-2))
  return [...Map.groupBy(rows, ([state]) => state!)].map(([state, of]) => {
    const people = of.map(row => Number(row[1]))
    const total = people.reduce((a, b) => a + b, 0)
    const mean = total / people.length
    const deviation = Math.sqrt(people.reduce((a, b) => a + (b - mean) ** 2, 0) / people.length)
    return [state, total, people.length, Math.max(...people), Math.round(deviation)].join(',')
  }).toSorted()
}
