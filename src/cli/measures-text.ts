// What was measured of a plan's stages, for people.
import type { RunMeasures } from '../client/measures.ts'
import type { MeasuredBottleneck, MeasuredTime } from '../plan/measures.ts'
import { paintFor, type Paint } from './colours.ts'
import { countText, rateText, spanText } from './quantities.ts'
import { numberCell, tableText, type Cell, type Column } from './table.ts'
import { oneLine } from './terminal-text.ts'

/** What would need so many times as much as it has does not only wait for that. */
const hardlyAnyTime = 100

export function measuresText(measures: RunMeasures, stream: NodeJS.WriteStream): string {
  const { run, bottleneck } = measures
  const paint = paintFor(stream)
  return [
    `${paint('strong', 'Measured')} ${paint('quiet', run === undefined ? 'in the endless run' : `in run ${run}`)}`,
    timeTable(measures, paint, stream.isTTY ? stream.columns || 80 : Infinity),
    ...(bottleneck ? ['', measuredSentence(bottleneck, measures.stages[bottleneck.stage]!.time!)] : []),
  ].join('\n')
}

const right = (title: string): Column => ({ title, align: 'right' })

function timeTable({ stages }: RunMeasures, paint: Paint, width: number): string {
  const rows = Object.entries(stages).map(([name, { items, time }]): readonly Cell[] => [
    { text: oneLine(name) }, numberCell(items),
    ...(time ? [{ text: spanText(time.meanMs) }, numberCell(time.workers), { text: rateText(time.perSecond) }] : []),
  ])
  return tableText([{ title: 'stage' }, right('items'), right('time per item'), right('workers'), right('together')], rows, paint, width)
}

export function measuredSentence({ stage, option, has, heldBy, keepsUp }: MeasuredBottleneck, { perSecond, isBlocking }: MeasuredTime): string {
  const slowest = `The bottleneck is '${oneLine(stage)}': ${rateText(perSecond)} ${isBlocking ? 'in the main thread, which it keeps from all else' : option === undefined ? 'one thing at a time' : `with ${option} ${countText(has)}`}.`
  if (heldBy === 'limit') return `${slowest} Its limit allows no more.`
  if (!keepsUp || keepsUp.needs <= has) return slowest
  if (keepsUp.needs > has * hardlyAnyTime) return `${slowest} The others take hardly any time beside it.`
  const more = isBlocking ? '' : ` (${countText(keepsUp.needs - has)} more)`
  return `${slowest} With ${option} ${countText(keepsUp.needs)}${more} it would keep up with '${oneLine(keepsUp.with)}'${keepsUp.isBefore ? ' before it' : ''}.`
}
