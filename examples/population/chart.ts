// Draws the result: the states, the largest first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { barChart } from '../bar-chart.ts'

const [, ...rows] = readFileSync(join(import.meta.dirname, 'out', 'states.csv'), 'utf8').trimEnd().split('\n')
const bars = rows.map(row => row.split(',')).map(([name = '', people]) => ({ name, value: Number(people) }))
console.log(barChart(bars.toSorted((a, b) => b.value - a.value)))
