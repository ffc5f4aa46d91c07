// The population of each state of a country, summed over its counties: a MapReduce over CSV files. Threads read the files, map and combine
// what they read, and the sums of all files are merged at the end.
//
//     npx node examples/population/generate.ts
//     npx batchwork run examples/population/pipeline.ts
//     npx node examples/population/chart.ts
//
// The result is examples/population/out/states.csv; chart.ts draws it in the terminal.
import { join } from 'node:path'
import { count, csv, csvFile, max, PermanentError, pipeline, sum, together, variance } from 'batchwork'

const out = join(import.meta.dirname, 'out')

export default pipeline('population', flow => {
  const states = flow.source('counties', csv(join(out, 'counties', '*.csv')))
    .map(row => ({ state: row['state'] ?? '', people: peopleIn(row['population']) }))
    .keyBy(({ state }) => state)
    .reduce('states', together({
      counties: count(),
      people: sum(({ people }) => people),
      largest: max(({ people }) => people),
      spread: variance(({ people }) => people, { of: 'population' }),
    }))

  states
    .map(({ key, value: { spread, ...value } }) => ({ state: key, ...value, deviation: Math.round(Math.sqrt(spread)) }))
    .to(csvFile(join(out, 'states.csv'), { columns: ['state', 'people', 'counties', 'largest', 'deviation'] }), { name: 'report' })
  return { states }
})

function peopleIn(text: string | undefined): number {
  const people = Number(text)
  if (!Number.isSafeInteger(people) || people < 0) throw new PermanentError(`'${text}' is not a number of people`)
  return people
}
