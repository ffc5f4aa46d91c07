// What a worker process writes to standard error: passed on as it comes, and the last of it kept, as it may say why the process ended. V8's report
// on a full heap is not passed on: it fills a screen and says no more than that.

/** Kept, in characters. */
const tailMax = 8_000
/** Of an exception, in characters. */
const exceptionMax = 2_000
const fullHeap = '<--- Last few GCs --->'
/** How Node ends after an exception that nobody caught: source line, caret, the error with its stack, its version. */
const uncaught = /\n *\^+\n+((?:(?!\n *\^+\n)[^])+?)\n+Node\.js v\d\S*\s*$/

export class LastWords {
  readonly #passOn: (text: string) => void
  #tail = ''
  #isHeapFull = false

  constructor(passOn: (text: string) => void) {
    this.#passOn = passOn
  }

  hear(text: string): void {
    if (this.#isHeapFull) return
    const heard = this.#tail + text
    const reportAt = heard.indexOf(fullHeap)
    this.#isHeapFull = reportAt >= 0
    const own = this.#isHeapFull ? heard.slice(this.#tail.length, reportAt) : text
    this.#tail = heard.slice(-tailMax)
    if (own !== '') this.#passOn(own)
  }

  /** How it ended, as it says itself; undefined where it says nothing of that. Completes 'it ...'. */
  cause(memoryMiB: number | undefined): string | undefined {
    if (this.#isHeapFull) return outOfMemory(memoryMiB)
    const [, exception] = uncaught.exec(this.#tail) ?? []
    return exception && threwOutside(exception.slice(0, exceptionMax))
  }
}

export function outOfMemory(memoryMiB: number | undefined): string {
  return `ran out of memory${memoryMiB === undefined ? '' : ` (limit ${memoryMiB} MiB)`}; raise 'memory'`
}

export function threwOutside(exception: string): string {
  return `threw outside of any item: ${exception}`
}
