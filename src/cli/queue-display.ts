// How a queue is shown while it goes on: a block redrawn in place, lines where output is no terminal, JSON for machines, or not at all.
import { verdictText } from '../policies/scaling.ts'
import type { QueueStatus } from '../queue/work-queue.ts'
import type { WorkerMessage } from '../runtime/environment.ts'
import { paintFor, type Paint } from './colours.ts'
import { harmlessMessage, messageLine } from './display/message-line.ts'
import { Screen } from './display/screen.ts'
import { bytesText, countText, durationText, rateText } from './quantities.ts'
import { takeStdout, writeLine } from './stdout.ts'
import { harmlessJson, neutralised, oneLine, shortened } from './terminal-text.ts'

export interface QueueBeginning {
  readonly name: string
  readonly source: string
  /** Where the record is. */
  readonly place: string
}

export interface QueueDisplay {
  begin(beginning: QueueBeginning): void
  /** Asked as often as it likes; undefined until there is something to tell. */
  watch(look: () => QueueStatus | undefined): void
  message(message: WorkerMessage): void
  note(text: string): void
  /** Shows no more. May be called again. */
  end(): void
}

export function queueDisplayFor({ json, quiet }: { readonly json?: boolean | undefined; readonly quiet?: boolean | undefined }): QueueDisplay {
  if (json) return new JsonQueueDisplay()
  const canDraw = process.stderr.isTTY && process.env['TERM'] !== 'dumb'
  if (!quiet && canDraw) return new BlockDisplay()
  return new LineDisplay(quiet === true)
}

const redrawMs = 200
const lineEveryMs = 5_000
const jsonEveryMs = 1_000

class BlockDisplay implements QueueDisplay {
  readonly #paint = paintFor(process.stderr)
  readonly #screen = new Screen(process.stderr, [process.stdout, process.stderr].filter(other => other.isTTY))
  #head = ''
  #note = ''
  #timer: NodeJS.Timeout | undefined
  #draw = () => {}

  begin(beginning: QueueBeginning): void {
    this.#head = headOf(beginning, this.#paint)
  }

  watch(look: () => QueueStatus | undefined): void {
    this.#draw = () => {
      const status = look()
      const lines = status ? [countsLine(status), paceLine(status, this.#paint)] : []
      this.#screen.draw([this.#head, ...lines, ...(this.#note === '' ? [] : [this.#paint('warning', this.#note)])].map(line => shortened(line, this.#screen.room.columns)))
    }
    this.#timer = setInterval(this.#draw, redrawMs).unref()
  }

  message(message: WorkerMessage): void {
    process.stderr.write(`${messageLine(message, this.#paint)}\n`)
  }

  note(text: string): void {
    this.#note = neutralised(text)
    this.#draw()
  }

  end(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#screen.draw([])
    this.#screen.close()
  }
}

class LineDisplay implements QueueDisplay {
  readonly #isQuiet: boolean
  readonly #paint = paintFor(process.stderr)
  #timer: NodeJS.Timeout | undefined
  #last = ''

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet
  }

  begin(beginning: QueueBeginning): void {
    if (!this.#isQuiet) this.note(headOf(beginning, this.#paint))
  }

  watch(look: () => QueueStatus | undefined): void {
    if (this.#isQuiet) return
    this.#timer = setInterval(() => {
      const status = look()
      if (status && countsLine(status) !== this.#last) this.note(`${(this.#last = countsLine(status))} · ${paceLine(status, this.#paint)}`)
    }, lineEveryMs).unref()
  }

  message(message: WorkerMessage): void {
    if (!this.#isQuiet || message.level !== 'info') this.note(messageLine(message, this.#paint))
  }

  note(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  end(): void {
    clearInterval(this.#timer)
  }
}

export class JsonQueueDisplay implements QueueDisplay {
  #timer: NodeJS.Timeout | undefined

  constructor() {
    takeStdout()
  }

  begin({ name, source, place }: QueueBeginning): void {
    this.event('started', { queue: name, source, place })
  }

  watch(look: () => QueueStatus | undefined): void {
    this.#timer = setInterval(() => {
      const status = look()
      if (status) this.event('progress', { ...jsonOf(status), memoryBytes: process.memoryUsage.rss() })
    }, jsonEveryMs).unref()
  }

  message(message: WorkerMessage): void {
    this.event('message', harmlessMessage(message))
  }

  note(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  end(): void {
    clearInterval(this.#timer)
  }

  event(type: string, fields: object): void {
    writeLine(harmlessJson(JSON.stringify({ type, ...fields })))
  }
}

function jsonOf({ counts, ...figures }: QueueStatus): object {
  const { taken, done, failed, retried, inFlight, waiting } = counts
  const { processingMs = null, interarrivalMs = null, drainedInMs = null } = figures
  return { taken, done, failed, retried, inFlight, waiting, ...figures, processingMs, interarrivalMs, drainedInMs }
}

function headOf({ name, source, place }: QueueBeginning, paint: Paint): string {
  return `${paint('strong', oneLine(name))} ${paint('quiet', `· from ${oneLine(source)} · ${oneLine(place)} · memory ${bytesText(process.memoryUsage.rss())}`)}`
}

/** '120 taken · 80 done · 1 failed · 4 at work · 35 waiting' */
export function countsLine({ counts: { taken, done, failed, retried, inFlight, waiting } }: QueueStatus): string {
  const facts = [
    `${countText(taken)} taken`, `${countText(done)} done`, failed > 0 ? `${countText(failed)} failed` : '', retried > 0 ? `${countText(retried)} retried` : '',
    `${countText(inFlight)} at work`, `${countText(waiting)} waiting`,
  ]
  return facts.filter(fact => fact !== '').join(' · ')
}

/** 'in 12/min · out 11/min · 4.2 s an item · 4 at once · keeping up · backlog gone in 3 min 20 s' */
export function paceLine({ inPerMinute, outPerMinute, processingMs, parallelism, verdict, lostPerMinute, drainedInMs, counts }: QueueStatus, paint: Paint): string {
  const rate = (perMinute: number) => rateText(perMinute / 60) || '0/min'
  const judged = paint(verdict === 'losing ground' ? 'bad' : verdict === 'keeping up' ? 'good' : 'warning', verdictText({ verdict, lostPerMinute }))
  const facts = [
    `in ${rate(inPerMinute)}`, `out ${rate(outPerMinute)}`, processingMs === undefined ? '' : `${durationText(processingMs)} an item`, `${countText(parallelism)} at once`,
    verdict === 'unknown' ? '' : judged, counts.waiting > 0 && drainedInMs !== undefined ? `backlog gone in ${durationText(drainedInMs)}` : '',
  ]
  return facts.filter(fact => fact !== '').join(' · ')
}
