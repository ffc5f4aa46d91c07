// What a dry run told, for people.
import type { DryRunReport, Forecast, SampledSource } from '../client/dry-run/report.ts'
import type { Bottleneck } from '../plan/bottleneck.ts'
import { paintFor, type Paint } from './colours.ts'
import { countOf, countText, durationText, rateText, spanText } from './quantities.ts'
import { stageTable } from './summary.ts'
import { numberCell, tableText, type Cell, type Column } from './table.ts'
import { neutralised, oneLine, shortened } from './terminal-text.ts'

const groupsShown = 5
/** A stage that another takes so many times as long as. */
const hardlyAnyTime = 100

export function dryRunText(report: DryRunReport, stream: NodeJS.WriteStream): string {
  const paint = paintFor(stream)
  const width = stream.isTTY ? stream.columns || 80 : Infinity
  const counts = Object.fromEntries(Object.entries(report.stages).map(([name, stage]) => [name, stage.counts]))
  const parts = [
    headline(report, paint),
    sourceTable(report.sources, paint, width),
    stageTable(counts, paint, width),
    timeTable(report, paint, width),
    shapeLines(report, paint),
    failureLines(report, paint, width),
    forecastLines(report, paint),
    paint('quiet', 'Nothing was written. What workers do by themselves is done: they are the real ones.'),
  ]
  return `\n${parts.filter(part => part !== '').join('\n\n')}\n`
}

function headline({ pipeline, outcome, reasons, warnings, durationMs }: DryRunReport, paint: Paint): string {
  const name = `${paint('strong', oneLine(pipeline))} ${paint('quiet', `· dry run, ${durationText(durationMs)}`)}`
  const ended = {
    completed: paint('good', '✔ complete'),
    'completed-with-failures': paint('warning', '✔ complete, with items set aside'),
    stopped: paint('bad', '✖ stopped before it was complete'),
  }[outcome]
  return [`${name} ${ended}`, ...reasons.map(reason => paint('bad', neutralised(`Stopped: ${reason}.`))), ...warnings.map(warning => paint('warning', neutralised(`Note: ${warning}.`)))].join('\n')
}

const right = (title: string): Column => ({ title, align: 'right' })

function sourceTable(sources: DryRunReport['sources'], paint: Paint, width: number): string {
  const rows = Object.entries(sources).map(([name, source]): readonly Cell[] => [{ text: oneLine(name) }, numberCell(source.sampled), { text: totalText(source) }, { text: basis(source), meaning: 'quiet' }])
  return tableText([{ title: 'source' }, right('sampled'), right('in all'), { title: '' }], rows, paint, width)
}

function totalText({ total, from }: SampledSource): string {
  if (total === undefined) return 'unknown'
  return from === 'all' ? countText(total) : `about ${countText(rounded(total))}`
}

function basis({ from }: SampledSource): string {
  return from === 'size' ? 'by the share of its size that was read' : from === 'parts' ? 'by the number of its parts' : ''
}

/** To two digits: more would claim too much. */
function rounded(count: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1)
  return Math.round(count / step) * step
}

function timeTable({ stages, forecast }: DryRunReport, paint: Paint, width: number): string {
  const rows = Object.entries(stages).flatMap(([name, { time }]): readonly (readonly Cell[])[] => {
    if (!time) return []
    const durationMs = forecast.stages[name]?.durationMs
    return [[{ text: oneLine(name) }, { text: spanText(time.meanMs) }, { text: spanText(time.p95Ms) }, numberCell(time.workers), { text: rateText(time.perSecond) }, { text: durationMs === undefined ? '' : spanText(durationMs) }]]
  })
  return rows.length === 0 ? '' : tableText([{ title: 'time per item' }, right('mean'), right('p95'), right('workers'), right('together'), right('for all')], rows, paint, width)
}

function shapeLines({ sources, stages }: DryRunReport, paint: Paint): string {
  const lines: readonly (readonly [name: string, what: string, shape: string])[] = [
    ...Object.entries(sources).map(([name, { shape }]) => [name, 'gives', shape] as const),
    ...Object.entries(stages).flatMap(([name, { takes, gives }]): (readonly [string, string, string])[] => (takes === gives ? [[name, 'takes and gives', takes]] : [[name, 'takes', takes], [name, 'gives', gives]])),
  ].filter(([, , shape]) => shape !== '')
  return lines.map(([name, what, shape]) => `${oneLine(name)} ${paint('quiet', what)} ${oneLine(shape)}`).join('\n')
}

function failureLines({ failures }: DryRunReport, paint: Paint, width: number): string {
  if (failures.length === 0) return ''
  const count = failures.reduce((sum, kind) => sum + kind.count, 0)
  const lines = failures.slice(0, groupsShown).flatMap(kind => [
    shortened(`  ${countText(kind.count)} × ${oneLine(kind.stage)}: ${oneLine(kind.error)}`, width),
    ...kind.examples.map(({ id, origin }) => paint('quiet', shortened(`      ${oneLine(origin)}${origin === id ? '' : `  ${oneLine(id)}`}`, width))),
  ])
  const more = failures.length > groupsShown ? [paint('quiet', `  and ${countOf(failures.length - groupsShown, 'more kind')}`)] : []
  return [`${paint('bad', `${countOf(count, 'item')} failed`)}:`, ...lines, ...more].join('\n')
}

function forecastLines({ sources, forecast }: DryRunReport, paint: Paint): string {
  const { durationMs, deadLetters, bottleneck } = forecast
  if (durationMs === undefined) return 'How many items there are in all cannot be told, so there is no forecast.'
  const total = Object.values(sources).reduce((sum, source) => sum + source.total!, 0)
  const isCounted = Object.values(sources).every(({ from }) => from === 'all')
  const aside = deadLetters ? `, and about ${countOf(rounded(deadLetters), 'item')} would be set aside` : ''
  return [
    `${paint('strong', 'Forecast')} for ${isCounted ? countOf(total, 'item') : `about ${countOf(rounded(total), 'item')}`}: about ${spanText(durationMs)} on this machine${aside}.`,
    ...(bottleneck ? [bottleneckSentence(bottleneck, forecast)] : []),
  ].join('\n')
}

export function bottleneckSentence({ stage, workers, next }: Bottleneck, { stages }: Forecast): string {
  const takes = stages[stage]?.durationMs
  const slowest = `The bottleneck is '${oneLine(stage)}': ${countOf(workers, 'worker')}${takes === undefined ? '' : `, ${spanText(takes)}`}.`
  if (!next || next.workers <= workers) return slowest
  if (next.workers > workers * hardlyAnyTime) return `${slowest} The others take hardly any time beside it.`
  return `${slowest} With ${countText(next.workers)} it would take no longer than the next, '${oneLine(next.stage)}'.`
}
