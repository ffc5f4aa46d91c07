// Writes the counties of an invented country, one CSV file a region. The same numbers come out each time: chance follows from a seed.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'out', 'counties')
const states = ['Alder', 'Birch', 'Cedar', 'Elm', 'Fir', 'Hazel', 'Juniper', 'Larch', 'Maple', 'Oak', 'Pine', 'Rowan']
const countiesInEachState = 250

// A linear congruential generator, with the numbers of Numerical Recipes.
let state = 20_261_121
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

/** Names have commas and quotes, as those of real counties do. */
function county(name: string, index: number): string {
  const people = 500 + below(1_000) * below(1_000)
  return `"County ${index}, ""${name} land""",${name},${people}`
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const region of ['north', 'south']) {
  const rows = states.flatMap(name => Array.from({ length: countiesInEachState / 2 }, (_, index) => county(name, index)))
  writeFileSync(join(folder, `${region}.csv`), ['county,state,population', ...rows].join('\r\n'))
}
