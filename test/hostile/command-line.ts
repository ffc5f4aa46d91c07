// A folder with pipelines, a store with runs and topics in it, and one process in which commands are run there one after the other.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { harmlessJson } from '../../src/cli/terminal-text.ts'
import { mail, numbers, withParameters } from '../cli/pipelines.ts'
import { Workplace } from '../cli/workplace.ts'

export interface Answer {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
  readonly isPolluted: boolean
}

export class CommandLine {
  readonly place: Workplace
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>

  constructor(t: TestContext, files: Readonly<Record<string, string>> = {}) {
    this.place = new Workplace(t, { 'numbers.ts': numbers, 'report.ts': withParameters, 'mail.ts': mail, 'names.txt': 'a\nb\n', ...files })
    const { NO_COLOR: _, FORCE_COLOR: __, BATCHWORK_ENGINE: ___, ...environment } = process.env
    this.#child = spawn(process.execPath, [fileURLToPath(new URL('./fixtures/program.ts', import.meta.url))], { cwd: this.place.folder, env: { ...environment, BAD: '3' }, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
    t.after(() => this.#child.kill('SIGKILL'))
  }

  async run(words: readonly string[], input = ''): Promise<Answer> {
    // readline takes U+2028 for the end of a line, too.
    this.#child.stdin!.write(`${harmlessJson(JSON.stringify({ words, input }))}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`the process ended in ${JSON.stringify(words).slice(0, 300)}`)
    return JSON.parse(value) as Answer
  }

  /** A run with a failed item, and a topic with an item in it. */
  async fill(): Promise<void> {
    await this.run(['run', 'numbers.ts', '--quiet'])
    await this.run(['topics', 'produce', 'letters', '--file', 'mail.ts'], '{"to":"ada"}\n')
  }

  async end(): Promise<void> {
    this.#child.stdin!.end()
    await once(this.#child, 'exit')
  }
}
