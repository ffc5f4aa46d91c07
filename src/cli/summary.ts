// How a run ended: what went in and came out of each stage, whether that adds up, what failed and where to read of it, what to do next.
import type { RunReport } from '../client/report.ts'
import type { StageCounts } from '../runtime/counts.ts'
import type { FailureReport } from '../telemetry/failure-report.ts'
import { paintFor, type Paint } from './colours.ts'
import type { Display } from './display/display.ts'
import type { StopSignal } from './interruption.ts'
import { countOf, countText, durationText, rateText } from './quantities.ts'
import type { ShutBarrier } from './shut-barriers.ts'
import { numberCell, tableText, type Cell, type Column } from './table.ts'
import { neutralised, oneLine, shortened } from './terminal-text.ts'

export interface Ending {
  readonly pipeline: string
  readonly run: number
  readonly isEndless: boolean
  readonly report: RunReport
  readonly failures: FailureReport
  /** Of this process; a run that was resumed began earlier. */
  readonly elapsedMs: number
  /** Counts when this process took the run up. */
  readonly before: Readonly<Record<string, StageCounts>>
  /** What stopped it, if a signal did. */
  readonly signal: StopSignal | undefined
  readonly barriers: readonly ShutBarrier[]
}

const groupsShown = 5

export function summaryText(ending: Ending, stream: NodeJS.WriteStream): string {
  const paint = paintFor(stream)
  const width = stream.isTTY ? stream.columns || 80 : Infinity
  const parts = [
    `${headline(ending, paint)}\n`,
    `${stageTable(ending.report.stages, paint, width)}\n`,
    factsLine(ending, paint),
    reasonLines(ending, paint),
    barrierLines(ending.barriers, paint, width),
    failureLines(ending, paint, width),
  ]
  return `\n${parts.filter(part => part !== '').join('\n')}\n`
}

export function jsonSummary({ pipeline, run, isEndless, report, failures, elapsedMs, signal, barriers }: Ending, exitCode: number, display: Display): void {
  const { id, outcome, reasons, started, stages, balanced } = report
  const item = ({ stage, id: itemId, origin, error }: ShutBarrier['items'][number]) => ({ stage, id: itemId, origin, error: `${error.name}: ${error.message}` })
  const fields = {
    id, pipeline, run: isEndless ? null : run, outcome, exitCode, signal: signal ?? null, reasons, started, elapsedMs: Math.round(elapsedMs), stages, balanced,
    failures: { count: failures.count, jsonLines: failures.files?.jsonLines ?? null, text: failures.files?.text ?? null },
    barriers: barriers.map(({ name, failed, items }) => ({ name, failed, items: items.map(item) })),
  }
  const { event } = display as Display & { event?: (type: string, fields: object) => void }
  event?.call(display, 'report', fields)
}

function headline({ pipeline, run, isEndless, report: { outcome }, failures, signal }: Ending, paint: Paint): string {
  const name = `${paint('strong', oneLine(pipeline))} ${paint('quiet', isEndless ? '· endless' : `· run ${run}`)}`
  if (signal) return `${name} ${paint('warning', '‖ stopped; the same command goes on where it was')}`
  if (outcome === 'completed' || outcome === 'completed-with-failures') {
    return failures.count === 0 ? `${name} ${paint('good', '✔ complete')}` : `${name} ${paint('warning', `✔ complete, ${countOf(failures.count, 'item')} set aside`)}`
  }
  return `${name} ${paint('bad', '✖ stopped before it was complete')}`
}

const columns: readonly Column[] = [
  { title: 'stage' }, ...['in', 'out', 'done', 'dropped', 'duplicates', 'failed', 'retried'].map(title => ({ title, align: 'right' as const })),
]

export function stageTable(stages: Readonly<Record<string, StageCounts>>, paint: Paint, width = Infinity): string {
  return tableText(columns, Object.entries(stages).map(([name, counts]) => row(name, counts)), paint, width)
}

function row(name: string, { in: read, out, done, dropped, duplicates, failed, retried }: StageCounts): readonly Cell[] {
  return [{ text: oneLine(name) }, numberCell(read), numberCell(out), numberCell(done), numberCell(dropped), numberCell(duplicates), numberCell(failed, 'bad'), numberCell(retried, 'warning')]
}

function factsLine({ elapsedMs, before, report: { stages, balanced } }: Ending, paint: Paint): string {
  const read = Math.max(0, ...Object.entries(stages).map(([name, counts]) => counts.in - (before[name]?.in ?? 0)))
  const rate = elapsedMs > 0 ? rateText(read / elapsedMs * 1_000) : ''
  const facts = [durationText(elapsedMs), ...(rate === '' ? [] : [rate.replace('/', ' items/')])].join(' · ')
  return `${facts} · ${balanced ? paint('good', 'the numbers add up') : paint('bad', 'THE NUMBERS DO NOT ADD UP: what went in is not what came out, was dropped and failed')}`
}

function reasonLines({ report: { reasons }, signal }: Ending, paint: Paint): string {
  return signal ? '' : reasons.map(reason => paint('bad', neutralised(`Stopped: ${reason}.`))).join('\n')
}

function barrierLines(barriers: readonly ShutBarrier[], paint: Paint, width: number): string {
  return barriers.map(({ name, failed, items }) => {
    const lines = items.map(({ id, stage, origin, error }) => shortened(oneLine(`  ${stage}  ${id}${origin === id ? '' : `  (${origin})`}  ${error.name}: ${error.message}`), width))
    const more = failed > items.length ? [paint('quiet', `  and ${countText(failed - items.length)} more`)] : []
    return [`\nBarrier ${paint('strong', `'${oneLine(name)}'`)} is shut by ${countOf(failed, 'item')}:`, ...lines, ...more].join('\n')
  }).join('\n')
}

function failureLines({ failures: { count, files, groups }, barriers, report: { outcome } }: Ending, paint: Paint, width: number): string {
  if (!files) return ''
  const kinds = groups.slice(0, groupsShown).map(({ stage, error, count: size }) => shortened(`  ${countText(size)} × ${oneLine(stage)}: ${oneLine(error)}`, width))
  const more = groups.length > groupsShown ? [paint('quiet', `  and ${countOf(groups.length - groupsShown, 'more kind')}`)] : []
  const stages = [...new Set(groups.map(({ stage }) => stage))]
  const redrive = stages.length === 1 ? stages[0]! : 'STAGE'
  const places = [`Read   ${files.text}`, `Parse  ${files.jsonLines}`]
  // What shut a barrier is listed there, and redriven by the same command.
  if (barriers.length > 0) return `\n${places.join('\n')}`
  const next = outcome === 'stopped' ? [] : [paint('quiet', `To try them again: batchwork redrive ${quoted(redrive)}, then the same command.`)]
  return [`\n${paint('bad', `${countOf(count, 'item')} failed`)}:`, ...kinds, ...more, ...places, ...next].join('\n')
}

function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${oneLine(text)}'`
}

