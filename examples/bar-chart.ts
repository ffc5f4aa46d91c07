// A bar chart for the terminal, as the examples end with one: a row a name, as wide as the terminal, with the number at its end.
import { styleText } from 'node:util'

export interface Bar {
  readonly name: string
  readonly value: number
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

export function barChart(bars: readonly Bar[], columns = process.stdout.columns ?? 80): string {
  const names = Math.max(...bars.map(({ name }) => name.length))
  const numbers = bars.map(({ value }) => value.toLocaleString('en'))
  const width = Math.max(10, columns - names - Math.max(...numbers.map(({ length }) => length)) - 2)
  const most = Math.max(...bars.map(({ value }) => value))
  return bars.map(({ name, value }, index) => `${name.padEnd(names)} ${styleText('cyan', barOf(most === 0 ? 0 : (value / most) * width))} ${numbers[index]}`).join('\n')
}

function barOf(width: number): string {
  const steps = Math.round(width * 8)
  return '█'.repeat(Math.floor(steps / 8)) + eighths[steps % 8]
}
