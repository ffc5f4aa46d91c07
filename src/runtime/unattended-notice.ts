// Tells people which stages wait for a process that takes them, and when they do no more.
import type { Environment } from './environment.ts'

export class UnattendedNotice {
  readonly #tell: Environment['onMessage']
  #told: ReadonlySet<string> = new Set()

  constructor(tell: Environment['onMessage']) {
    this.#tell = tell
  }

  look(now: ReadonlySet<string>): void {
    const before = this.#told
    this.#told = now
    const [left, taken] = [without(now, before), without(before, now)]
    if (left !== '') this.#say('warn', `no process takes ${left}, and the run waits for one that does: start it with --stages, or without to take all`)
    if (taken !== '') this.#say('info', `the run waits no more for a process that takes ${taken}`)
  }

  #say(level: 'warn' | 'info', message: string): void {
    this.#tell({ stage: '', id: '', level, message })
  }
}

function without(all: ReadonlySet<string>, others: ReadonlySet<string>): string {
  return [...all].filter(stage => !others.has(stage)).map(stage => `'${stage}'`).join(', ')
}
