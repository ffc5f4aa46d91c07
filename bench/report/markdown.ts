// Findings as Markdown: the machine once, then for each benchmark its tables, its targets with verdicts, and its notes.
import type { Bench, Findings, Table } from '../bench.ts'
import type { Machine } from '../measure/machine.ts'
import { boundOf, rounded, verdictsOn } from './verdict.ts'

export function machineText(machine: Machine): string {
  const { processor, cores, memoryGb, system, node, sqlite, batchwork, measuredAt } = machine
  return `Machine: ${processor}, ${cores} cores, ${memoryGb} GB, ${system}. Node ${node}, SQLite ${sqlite}, Batchwork ${batchwork}. ${measuredAt}.`
}

export function findingsText(bench: Bench, findings: Findings, loads: { readonly before: string; readonly after: string }): string {
  const verdicts = verdictsOn(bench, findings)
  const targets: Table = {
    title: '',
    columns: ['figure', 'value', 'target', 'verdict'],
    rows: verdicts.map(({ value, text, ...target }) => [target.figure, value === undefined ? '' : `${rounded(value)} ${target.unit}`, boundOf(target), text]),
  }
  return [
    `## ${bench.name}`,
    `${bench.about} Load average before: ${loads.before}, after: ${loads.after}.`,
    ...findings.tables.map(tableText),
    ...(verdicts.length > 0 ? [tableText(targets)] : []),
    ...(findings.notes ?? []),
  ].join('\n\n')
}

function tableText({ title, columns, rows }: Table): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  const table = [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
  return title === '' ? table : `${title}:\n\n${table}`
}
