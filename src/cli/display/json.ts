// For machines: one JSON object a line, and nothing else on stdout; what the pipeline's own code prints goes to stderr.
import { plainJson } from '../../sinks/plain-json.ts'
import type { WorkerMessage } from '../../runtime/environment.ts'
import { takeStdout, writeLine } from '../stdout.ts'
import { harmlessJson } from '../terminal-text.ts'
import type { Beginning, Display, Snapshot } from './display.ts'
import { harmlessMessage } from './message-line.ts'

const everyMs = 1_000

export class JsonLines implements Display {
  #look: (() => Snapshot) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor() {
    takeStdout()
  }

  begin({ pipeline, run, isEndless, isResumed, isJoining, store }: Beginning): void {
    this.event('started', { pipeline, run: isEndless ? null : run, resumed: isResumed, ...(isJoining ? { joining: true } : {}), store })
  }

  watch(look: () => Snapshot): void {
    this.#look = look
    this.#timer = setInterval(() => this.#progress(), everyMs).unref()
    this.#progress()
  }

  message(message: WorkerMessage): void {
    this.event('message', harmlessMessage(message))
  }

  note(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  end(): void {
    clearInterval(this.#timer)
    this.#progress()
  }

  event(type: string, fields: object): void {
    writeLine(harmlessJson(plainJson({ type, ...fields })))
  }

  #progress(): void {
    if (!this.#look) return
    const { stages, elapsedMs, memoryBytes } = this.#look()
    const entries = stages.map(({ name, state, counts, total, perSecond, leftMs }) => [name, { state, ...counts, total: total ?? null, perSecond, leftMs: leftMs ?? null }])
    this.event('progress', { elapsedMs: Math.round(elapsedMs), memoryBytes, stages: Object.fromEntries(entries) as object })
  }
}
