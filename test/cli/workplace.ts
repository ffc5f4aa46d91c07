// A folder in which the real command line is run, as a user would: pipelines in files, a store beside them, each command a process.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const packages = { batchwork: new URL('../../src', import.meta.url), zod: new URL('../../node_modules/zod', import.meta.url) }

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Settings {
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
}

export class Workplace {
  readonly folder: string

  constructor(t: TestContext, files: Readonly<Record<string, string>>) {
    this.folder = mkdtempSync(join(tmpdir(), 'batchwork-cli-'))
    t.after(() => rmSync(this.folder, { recursive: true, force: true }))
    mkdirSync(join(this.folder, 'node_modules'))
    for (const [name, url] of Object.entries(packages)) symlinkSync(fileURLToPath(url), join(this.folder, 'node_modules', name))
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  run(words: readonly string[], settings?: Settings): Promise<Ended> {
    return this.begin(words, settings).ended
  }

  begin(words: readonly string[], { input = '', env = {} }: Settings = {}): Command {
    const { NO_COLOR: _noColour, FORCE_COLOR: _forceColour, BATCHWORK_ENGINE: _engine, NODE_TEST_CONTEXT: _test, ...inherited } = process.env
    const child = spawn(process.execPath, [main, ...words], { cwd: this.folder, env: { ...inherited, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.on('error', () => {}).end(input)
    return new Command(child)
  }
}

/** A command that is going on. */
export class Command {
  readonly ended: Promise<Ended>
  readonly pid: number
  readonly #child: ChildProcess
  readonly #output = { stdout: '', stderr: '' }
  readonly #waiting = new Set<() => void>()

  constructor(child: ChildProcess) {
    this.#child = child
    this.pid = child.pid!
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]!.setEncoding('utf8').on('data', (text: string) => {
        this.#output[name] += text
        for (const look of this.#waiting) look()
      })
    }
    this.ended = new Promise(resolve => child.once('close', (code, signal) => resolve({ code, signal, ...this.#output })))
  }

  /** Resolves when the output matches; rejects when the command ends before. */
  async until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => pattern.test(this.#output[stream]) && resolve()
    this.#waiting.add(look)
    void this.ended.then(ended => reject(new Error(`the command ended before ${pattern} was seen:\n${JSON.stringify(ended, undefined, 2)}`)))
    look()
    await promise
    this.#waiting.delete(look)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}

export function jsonLines(text: string): readonly any[] {
  return text.trim().split('\n').filter(line => line !== '').map(line => JSON.parse(line) as unknown)
}
