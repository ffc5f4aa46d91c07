// Writes a survey: of each town a few hundred people told their age, few or many whatever the size of the town. Chance follows from a seed.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'out', 'survey')
const towns = ['Ashby', 'Brook', 'Cliff', 'Dale', 'Eastham', 'Ford', 'Grange', 'Hythe', 'Inverness', 'Kirk']

// A linear congruential generator, with the numbers of Numerical Recipes.
let state = 7_112_026
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const people = Object.fromEntries(towns.map(town => [town, 1_000 + below(500_000)]))
writeFileSync(join(folder, 'towns.json'), JSON.stringify(people))
for (const town of towns) {
  const oldest = 60 + below(45)
  const answers = Array.from({ length: 200 + below(800) }, () => JSON.stringify({ town, age: below(oldest) }))
  writeFileSync(join(folder, `${town.toLowerCase()}.jsonl`), `${answers.join('\n')}\n`)
}
