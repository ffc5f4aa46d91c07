// Draws the words that occur most.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { barChart } from '../bar-chart.ts'

const rows = parse(readFileSync(join(import.meta.dirname, 'out', 'words.csv')), { columns: true }) as readonly { readonly word: string; readonly times: string }[]
const bars = rows.map(({ word, times }) => ({ name: word, value: Number(times) }))
console.log(barChart(bars.toSorted((a, b) => b.value - a.value).slice(0, 20)))
