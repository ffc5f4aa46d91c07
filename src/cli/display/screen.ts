// A block of lines at the bottom of the terminal that is redrawn in place. Whatever else is written meanwhile, by workers too, scrolls by
// above it: the block is taken away, the text written, the block drawn again.
import { stripVTControlCharacters } from 'node:util'
import { widthOf } from '../terminal-text.ts'

type Write = NodeJS.WriteStream['write']


export class Screen {
  readonly #stream: NodeJS.WriteStream
  readonly #restore: (() => void)[] = []
  readonly #write: Write
  #lines: readonly string[] = []

  constructor(stream: NodeJS.WriteStream, others: readonly NodeJS.WriteStream[]) {
    this.#stream = stream
    this.#write = stream.write.bind(stream)
    for (const each of new Set([stream, ...others])) this.#takeOver(each)
  }

  get room(): { readonly columns: number; readonly rows: number } {
    return { columns: Math.max(20, (this.#stream.columns || 80) - 1), rows: this.#stream.rows || 24 }
  }

  draw(lines: readonly string[]): void {
    this.#write(`${this.#erasure()}${lines.map(line => `${line}\n`).join('')}`)
    this.#lines = lines
  }

  /** What is on the screen stays; other text goes its own way again. */
  close(): void {
    for (const restore of this.#restore) restore()
    this.#lines = []
  }

  /** Line by line: some terminals keep what a clear takes away in their history. */
  #erasure(): string {
    // A terminal that became narrower has wrapped what was drawn.
    const columns = this.#stream.columns || Infinity
    const count = this.#lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns)), 0)
    const up = `\r\u001b[${count}A`
    return count === 0 ? '' : `${up}${'\u001b[2K\u001b[1B'.repeat(count)}${up}`
  }

  /** A terminal that shows another stream's text shows it above the block; text without an end of line waits for it. */
  #takeOver(stream: NodeJS.WriteStream): void {
    const hadOwn = Object.hasOwn(stream, 'write')
    const write: Write = stream.write.bind(stream)
    let rest = ''
    const above = (text: string) => {
      const lines = this.#lines
      if (lines.length > 0) this.#write(this.#erasure())
      write(text)
      this.#lines = []
      if (lines.length > 0) this.draw(lines)
    }
    stream.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | (() => void), done?: () => void) => {
      const text = rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
      const end = text.lastIndexOf('\n') + 1
      rest = text.slice(end)
      if (end > 0) above(text.slice(0, end))
      const callback = typeof encoding === 'function' ? encoding : done
      if (callback) process.nextTick(callback)
      return true
    }
    this.#restore.push(() => {
      if (hadOwn) stream.write = write
      else delete (stream as Partial<NodeJS.WriteStream>).write
      if (rest !== '') above(`${rest}\n`)
    })
  }
}
