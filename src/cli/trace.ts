// `trace`: what happened to an item and to all that came of it, as a timeline.
import { traceOf, type TraceStep } from '../client/trace.ts'
import { BatchworkError } from '../model/errors.ts'
import { paintFor, type Paint } from './colours.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { durationText, timeText } from './quantities.ts'
import { withStore } from './store.ts'
import { neutralised, oneLine, padded, widthOf } from './terminal-text.ts'

export async function trace(item: string, flags: GuestFlags): Promise<void> {
  const steps = await withStore(flags, log => traceOf(log, item))
  if (flags.json) return steps.forEach(step => printJson(JSON.stringify(step)))
  if (steps.length === 0) throw new BatchworkError('NO_ITEM', `nothing is known of an item '${item}' in this store; ids are in failure reports, in receipts of publish, and in context.id`)
  // A source's items have the same ids in every run.
  for (const ofRun of Map.groupBy(steps, ({ run }) => run).values()) printRun(item, ofRun)
}

function printRun(item: string, steps: readonly TraceStep[]): void {
  const first = steps[0]!
  const paint = paintFor(process.stdout)
  const width = Math.max(...steps.map(({ stage }) => widthOf(oneLine(stage))))
  print(`${paint('strong', oneLine(item))} ${paint('quiet', `in ${oneLine(first.run)} since ${timeText(first.startedAt)}`)}\n`)
  for (const step of steps) print(stepText(step, first.startedAt.getTime(), item, width, paint))
}

function stepText({ id, stage, attempt, startedAt, at, event }: TraceStep, from: number, item: string, width: number, paint: Paint): string {
  const after = padded(`+${durationText(Math.max(0, startedAt.getTime() - from))}`, 10, 'right')
  const took = paint('quiet', `${durationText(Math.max(0, at.getTime() - startedAt.getTime()))} to commit`)
  const which = id === item ? '' : ` ${paint('quiet', oneLine(id))}`
  const tried = attempt === 1 ? '' : paint('warning', ` attempt ${attempt}`)
  return `${paint('quiet', after)}  ${padded(oneLine(stage), width)}  ${paint(meaningOf(event), neutralised(event))}${tried}${which}  ${took}`
}

function meaningOf(event: string): Parameters<Paint>[0] {
  if (event.startsWith('failed for good')) return 'bad'
  return event.startsWith('failed') ? 'warning' : 'good'
}
