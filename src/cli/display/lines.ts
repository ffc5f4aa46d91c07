// Where output is no terminal (a log file, CI): a line every few seconds for what has moved.
import type { WorkerMessage } from '../../runtime/environment.ts'
import type { StageProgress } from '../../telemetry/progress.ts'
import { paintFor, type Paint } from '../colours.ts'
import { bytesText, clockText, countText, durationText, rateText } from '../quantities.ts'
import { neutralised, oneLine } from '../terminal-text.ts'
import type { Beginning, Display, Snapshot } from './display.ts'
import { messageLine } from './message-line.ts'

const everyMs = 5_000

export class Lines implements Display {
  readonly #stream: NodeJS.WriteStream
  readonly #paint: Paint
  #look: (() => Snapshot) | undefined
  #timer: NodeJS.Timeout | undefined
  #last = new Map<string, string>()

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#paint = paintFor(stream)
  }

  begin({ pipeline, run, isEndless, isResumed, isJoining, store }: Beginning): void {
    const which = isJoining ? `${isEndless ? '' : `run ${run} of `}'${pipeline}' beside other processes` : isEndless ? `'${pipeline}', until it is stopped` : isResumed ? `run ${run} of '${pipeline}', on where it was` : `run ${run} of '${pipeline}'`
    this.#say(neutralised(`Running ${which}; store ${store}`))
  }

  watch(look: () => Snapshot): void {
    this.#look = look
    this.#timer = setInterval(() => this.#draw(), everyMs).unref()
  }

  message(message: WorkerMessage): void {
    this.#say(messageLine(message, this.#paint))
  }

  note(text: string): void {
    this.#say(neutralised(text))
  }

  end(): void {
    clearInterval(this.#timer)
  }

  #draw(): void {
    const { stages, elapsedMs, memoryBytes } = this.#look!()
    const moved = stages.map(stage => [stage.name, lineOf(stage)] as const).filter(([name, line]) => line !== '' && this.#last.get(name) !== line)
    if (moved.length === 0) return
    this.#last = new Map([...this.#last, ...moved])
    this.#say(`${clockText(elapsedMs)}, memory ${bytesText(memoryBytes)}`)
    for (const [, line] of moved) this.#say(`  ${line}`)
  }

  #say(line: string): void {
    this.#stream.write(`${line}\n`)
  }
}

function lineOf({ name, state, counts, total, perSecond, leftMs }: StageProgress): string {
  if (counts.in === 0 && counts.inFlight === 0) return ''
  const facts = [
    total === undefined || state === 'ended' ? `${countText(counts.in)} in` : `${countText(counts.in)} of ${countText(total)} in`,
    counts.failed > 0 ? `${countText(counts.failed)} failed` : '',
    counts.retried > 0 ? `${countText(counts.retried)} retried` : '',
    state === 'ended' ? 'complete' : rateText(perSecond),
    leftMs === undefined || state === 'ended' ? '' : `${durationText(leftMs)} left`,
  ]
  return `${oneLine(name)}: ${facts.filter(fact => fact !== '').join(', ')}`
}
