// The ages of a nation from a survey of its towns. A reduce makes a histogram of each town; a second one weighs each town's by its people, as
// the survey asked as many in a village as in a city.
//
//     npx node examples/town-histograms/generate.ts
//     npx batchwork run examples/town-histograms/pipeline.ts
//     npx node examples/town-histograms/chart.ts
//
// The results are out/towns.jsonl and out/nation.json beside this file; chart.ts draws the nation's in the terminal.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { histogram, jsonFile, jsonLines, jsonLinesFile, pipeline } from 'batchwork'
import { z } from 'zod'

const out = join(import.meta.dirname, 'out')
/** The last bucket is of those above the last bound. */
export const bounds = [9, 19, 29, 39, 49, 59, 69, 79, 89]

export default pipeline('town histograms', flow => {
  const people = z.record(z.string(), z.number()).parse(JSON.parse(readFileSync(join(out, 'survey', 'towns.json'), 'utf8')))

  const towns = flow.source('answers', jsonLines(join(out, 'survey', '*.jsonl')), { schema: z.object({ town: z.string(), age: z.number().min(0) }) })
    .keyBy(({ town }) => town)
    .reduce('towns', histogram(({ age }) => age, { bounds }))
  towns.to(jsonLinesFile(join(out, 'towns.jsonl')), { name: 'town report' })

  const nation = towns
    .flatMap(({ key, value }) => sharesOf(value).map((share, bucket) => ({ bucket, people: share * people[key]! })))
    .reduce('nation', histogram(({ bucket }) => bucket, { bounds: bounds.map((_, bucket) => bucket), weight: share => share.people }))
  nation.to(jsonFile(join(out, 'nation.json')), { name: 'report' })
  return { towns, nation }
})

function sharesOf(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map(count => count / total)
}
