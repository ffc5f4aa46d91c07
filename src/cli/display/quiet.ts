// --quiet: errors of workers, what the user must know, and nothing else until the summary.
import type { WorkerMessage } from '../../runtime/environment.ts'
import { paintFor } from '../colours.ts'
import { neutralised } from '../terminal-text.ts'
import type { Display } from './display.ts'
import { messageLine } from './message-line.ts'

export class Quiet implements Display {
  begin(): void {}

  watch(): void {}

  message(message: WorkerMessage): void {
    if (message.level === 'error') process.stderr.write(`${messageLine(message, paintFor(process.stderr))}\n`)
  }

  note(text: string): void {
    process.stderr.write(`${neutralised(text)}\n`)
  }

  end(): void {}
}
