// The live display of a terminal: a bar for each stage, redrawn in place.
import type { WorkerMessage } from '../../runtime/environment.ts'
import { paintFor, type Paint } from '../colours.ts'
import type { Beginning, Display, Snapshot } from './display.ts'
import { messageLine } from './message-line.ts'
import { Screen } from './screen.ts'
import { frameOf } from './stage-bars.ts'

const redrawMs = 100

export class Bars implements Display {
  readonly #screen: Screen
  readonly #stream: NodeJS.WriteStream
  readonly #paint: Paint
  #beginning: Beginning | undefined
  #look: (() => Snapshot) | undefined
  #timer: NodeJS.Timeout | undefined
  #note = ''

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#paint = paintFor(stream)
    this.#screen = new Screen(stream, [process.stdout, process.stderr].filter(other => other.isTTY))
  }

  begin(beginning: Beginning): void {
    this.#beginning = beginning
    if (beginning.isJoining) this.#say(`Taking part in ${beginning.isEndless ? '' : `run ${beginning.run} of `}'${beginning.pipeline}' beside other processes.`)
    else if (beginning.isResumed) this.#say(`Going on with run ${beginning.run} of '${beginning.pipeline}' where it was.`)
  }

  watch(look: () => Snapshot): void {
    this.#look = look
    this.#timer = setInterval(() => this.#draw(), redrawMs).unref()
    this.#draw()
  }

  message(message: WorkerMessage): void {
    this.#say(messageLine(message, this.#paint))
  }

  /** Stays below the bars, until there is another. */
  note(text: string): void {
    this.#note = text
    this.#draw()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#screen.draw([])
    this.#screen.close()
  }

  #say(line: string): void {
    this.#stream.write(`${line}\n`)
  }

  #draw(): void {
    if (!this.#look || !this.#beginning) return
    const frame = frameOf(this.#beginning, this.#look(), this.#screen.room, this.#paint)
    this.#screen.draw(this.#note === '' ? frame : [...frame, this.#paint('warning', this.#note.slice(0, this.#screen.room.columns))])
  }
}
