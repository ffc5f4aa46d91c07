// How a queue ended: what was taken, what came of it, what failed and why, what to do next.
import type { QueueExecutor, QueueFailure } from '../queue/queue-executor.ts'
import { paintFor, type Paint } from './colours.ts'
import { JsonQueueDisplay, type QueueDisplay } from './queue-display.ts'
import { countOf, countText, durationText } from './quantities.ts'
import type { QueueFlags } from './queue-settings.ts'
import { neutralised, oneLine, shortened } from './terminal-text.ts'

export interface QueueReport {
  readonly failed: number
  print(display: QueueDisplay, exitCode: number): void
}

interface Ending {
  readonly flags: QueueFlags
  readonly ending: 'complete' | 'stopped'
  readonly elapsedMs: number
}

type Totals = Readonly<Record<'taken' | 'done' | 'failed' | 'retried' | 'left', number>>

const failuresShown = 10

export async function queueReport(executor: QueueExecutor, { flags, ending, elapsedMs }: Ending): Promise<QueueReport> {
  const { taken, done, failed, retried, waiting, inFlight } = executor.counts
  const failures: QueueFailure[] = []
  if (failed > 0) {
    for await (const failure of executor.failures()) if (failures.push(failure) === failuresShown) break
  }
  const counts = { taken, done, failed, retried, left: waiting + inFlight }
  return {
    failed,
    print: (display, exitCode) => {
      if (display instanceof JsonQueueDisplay) display.event('report', { queue: flags.name, outcome: ending, exitCode, ...counts, elapsedMs: Math.round(elapsedMs), failures })
      else process.stdout.write(summaryText({ flags, ending, elapsedMs }, counts, failures))
    },
  }
}

function summaryText({ flags, ending, elapsedMs }: Ending, { taken, done, failed, retried, left }: Totals, failures: readonly QueueFailure[]): string {
  const paint = paintFor(process.stdout)
  const facts = [
    `${countText(taken)} taken`, `${countText(done)} done`, `${countText(failed)} failed`,
    ...(retried > 0 ? [`${countText(retried)} retried`] : []), ...(left > 0 ? [`${countText(left)} left`] : []), durationText(elapsedMs),
  ]
  const lines = [`${paint('strong', oneLine(flags.name))} ${headline(ending, failed, paint)}`, facts.join(' · '), ...failureLines(flags, failed, failures, paint)]
  return `\n${lines.join('\n')}\n`
}

function headline(ending: Ending['ending'], failed: number, paint: Paint): string {
  if (ending === 'stopped') return paint('warning', '‖ stopped; the same command goes on where it was')
  return failed === 0 ? paint('good', '✔ done') : paint('warning', `✔ done, ${countOf(failed, 'item')} set aside`)
}

function failureLines(flags: QueueFlags, failed: number, failures: readonly QueueFailure[], paint: Paint): readonly string[] {
  if (failed === 0) return []
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : Infinity
  const lines = failures.map(({ name, message, attempts }) => shortened(neutralised(`  ${oneLine(name)}: ${oneLine(message)} (${countOf(attempts, 'attempt')})`), width))
  const more = failed > failures.length ? [paint('quiet', `  and ${countText(failed - failures.length)} more`)] : []
  const name = oneLine(flags.name)
  const hint = `All of them: batchwork failures ${name}. To try them again: batchwork redrive ${name}/work, then the same command.`
  const next = flags.executor === 'kubernetes' ? [] : [paint('quiet', hint)]
  return ['', paint('bad', `${countOf(failed, 'item')} failed:`), ...lines, ...more, ...next]
}
