// One frame of the live display as lines of text, none wider than the terminal: a head, then a bar for each stage.
import type { StageProgress } from '../../telemetry/progress.ts'
import type { Paint } from '../colours.ts'
import { bytesText, clockText, countOf, countText, durationText, rateText } from '../quantities.ts'
import { oneLine, padded, shortened, widthOf } from '../terminal-text.ts'
import type { Beginning, Snapshot } from './display.ts'

export interface Room {
  readonly columns: number
  readonly rows: number
}

/** Never wider than this, so that figures stay near their bar. */
const barMax = 30
const nameMax = 28

export function frameOf(beginning: Beginning, snapshot: Snapshot, { columns, rows }: Room, paint: Paint): readonly string[] {
  const shown = chosen(snapshot.stages, Math.max(1, rows - 4))
  const hidden = snapshot.stages.length - shown.length
  const nameWidth = Math.min(nameMax, Math.floor(columns / 3), Math.max(0, ...shown.map(({ name }) => widthOf(oneLine(name)))))
  const lines = [headLine(beginning, snapshot, columns, paint), ...shown.map(stage => stageLine(stage, nameWidth, columns, paint))]
  return hidden > 0 ? [...lines, paint('quiet', shortened(`  … and ${countOf(hidden, 'more stage')} at rest`, columns))] : lines
}

/** Where there is no room for all: those that do something, in the order of the plan. */
function chosen(stages: readonly StageProgress[], rows: number): readonly StageProgress[] {
  if (stages.length <= rows) return stages
  const urgency = { working: 0, resting: 1, shut: 2, waiting: 2, ended: 3 }
  const first = new Set(stages.toSorted((a, b) => urgency[a.state] - urgency[b.state]).slice(0, rows))
  return stages.filter(stage => first.has(stage))
}

function headLine({ pipeline, run, isEndless }: Beginning, { elapsedMs, memoryBytes, stages }: Snapshot, columns: number, paint: Paint): string {
  const atWork = stages.reduce((sum, { counts }) => sum + counts.inFlight, 0)
  const facts = [isEndless ? 'endless' : `run ${run}`, clockText(elapsedMs), `${countText(atWork)} at work`, `memory ${bytesText(memoryBytes)}`].join(' · ')
  const name = shortened(oneLine(pipeline), Math.max(8, columns - widthOf(facts) - 3))
  return `${paint('strong', name)} ${paint('quiet', shortened(`· ${facts}`, columns - widthOf(name) - 1))}`
}

interface Piece {
  readonly text: string
  readonly meaning: Parameters<Paint>[0]
}

function stageLine(stage: StageProgress, nameWidth: number, columns: number, paint: Paint): string {
  const name = padded(shortened(oneLine(stage.name), nameWidth), nameWidth)
  const barWidth = Math.max(0, Math.min(barMax, columns - nameWidth - 44))
  const used = 2 + nameWidth + 2 + (barWidth > 4 ? barWidth + 2 : 0)
  const figures = fitting(figuresOf(stage), columns - used).map(({ text, meaning }) => paint(meaning, text)).join('  ')
  const head = `${markOf(stage, paint)} ${stage.state === 'shut' || stage.state === 'waiting' ? paint('quiet', name) : name}`
  return barWidth > 4 ? `${head}  ${barOf(stage, barWidth, paint)}  ${figures}` : `${head}  ${figures}`
}

function markOf({ state, counts }: StageProgress, paint: Paint): string {
  if (state === 'ended') return counts.failed > 0 ? paint('bad', '✖') : paint('good', '✔')
  if (state === 'shut') return paint('warning', '‖')
  return state === 'working' ? paint('active', '▸') : paint('quiet', '·')
}

function barOf({ state, counts, total }: StageProgress, width: number, paint: Paint): string {
  if (state === 'ended') return paint(counts.failed > 0 ? 'warning' : 'good', '━'.repeat(width))
  if (total === undefined || total === 0) return paint('quiet', '┄'.repeat(width))
  const filled = Math.min(width, Math.floor(width * counts.in / total))
  return paint('active', '━'.repeat(filled)) + paint('quiet', '─'.repeat(width - filled))
}

function figuresOf({ state, counts, total, perSecond, leftMs }: StageProgress): readonly Piece[] {
  if (state === 'shut') return [{ text: `behind a barrier, ${countText(counts.waiting)} waiting`, meaning: 'quiet' }]
  if (state === 'waiting') return [{ text: 'waiting', meaning: 'quiet' }]
  const isEnded = state === 'ended'
  const done = isEnded || total === undefined ? countText(counts.in) : `${countText(counts.in)} of ${countText(total)}`
  return [
    { text: done, meaning: 'strong' as const },
    ...piece(counts.failed > 0, `${countText(counts.failed)} failed`, 'bad'),
    ...piece(!isEnded && perSecond > 0, rateText(perSecond), 'quiet'),
    ...piece(!isEnded && leftMs !== undefined && leftMs >= 1_000, `${durationText(leftMs ?? 0)} left`, 'quiet'),
    ...piece(counts.retried > 0, `${countText(counts.retried)} retried`, 'warning'),
    ...piece(!isEnded && counts.inFlight > 0, `${countText(counts.inFlight)} at work`, 'quiet'),
  ]
}

function piece(isShown: boolean, text: string, meaning: Piece['meaning']): readonly Piece[] {
  return isShown && text !== '' ? [{ text, meaning }] : []
}

/** The first pieces are those that matter most. */
function fitting(pieces: readonly Piece[], columns: number): readonly Piece[] {
  const taken: Piece[] = []
  let used = 0
  for (const each of pieces) {
    used += widthOf(each.text) + (taken.length > 0 ? 2 : 0)
    if (used > columns) break
    taken.push(each)
  }
  return taken
}
