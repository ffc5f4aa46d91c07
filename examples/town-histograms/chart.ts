// Draws the result: how many people of the nation are of which age.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { barChart } from '../bar-chart.ts'

const people = JSON.parse(readFileSync(join(import.meta.dirname, 'out', 'nation.json'), 'utf8')) as readonly number[]
const decades = people.map((_, index) => (index === people.length - 1 ? `${index * 10} and more` : `${index * 10} to ${index * 10 + 9}`))
console.log(barChart(decades.map((name, index) => ({ name, value: Math.round(people[index]!) }))))
