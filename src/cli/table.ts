// A table for people: names to the left, numbers to the right, no lines. Names are shortened to what the terminal has room for.
import type { Paint } from './colours.ts'
import { padded, shortened, widthOf } from './terminal-text.ts'

export interface Cell {
  readonly text: string
  readonly meaning?: Parameters<Paint>[0] | undefined
}

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right' | undefined
}

const gap = '  '

/** `columns` is the terminal's width; the first column gives way. */
export function tableText(columns: readonly Column[], rows: readonly (readonly Cell[])[], paint: Paint, width = Infinity): string {
  const widths = columns.map(({ title }, index) => Math.max(widthOf(title), ...rows.map(row => widthOf(row[index]?.text ?? ''))))
  const others = widths.slice(1).reduce((sum, each) => sum + each + gap.length, 0)
  widths[0] = Math.max(8, Math.min(widths[0] ?? 0, width - others))
  const line = (cells: readonly Cell[]) => cells.map(({ text, meaning }, index) => {
    const cell = padded(shortened(text, widths[index]!), widths[index]!, columns[index]!.align)
    return meaning ? paint(meaning, cell) : cell
  }).join(gap).trimEnd()
  return [line(columns.map(({ title }) => ({ text: title, meaning: 'quiet' }))), ...rows.map(line)].join('\n')
}

/** A number; zeros stand back. */
export function numberCell(value: number, meaning?: Cell['meaning']): Cell {
  return { text: value.toLocaleString('en-US'), meaning: value === 0 ? 'quiet' : meaning }
}
