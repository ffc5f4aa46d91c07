// A temporary folder in which the documents are worked through, each in a folder of its own, with the repository's node_modules.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { equal, ok } from 'node:assert/strict'
import { holds, type Step } from './snippets.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const modules = join(root, 'node_modules')
/** npm itself takes longer to start than what it starts; its folder of commands is in PATH. */
const npx = 'npx() { "$@"; }'
/** A snippet that takes longer hangs. */
const hangMs = 120_000

interface Ended {
  readonly code: number
  readonly output: string
}

export class Workshop implements Disposable {
  readonly #top = mkdtempSync(join(realpathSync(tmpdir()), 'batchwork-docs-'))

  constructor() {
    symlinkSync(modules, join(this.#top, 'node_modules'))
    writeFileSync(join(this.#top, 'package.json'), '{ "private": true, "type": "module" }')
    writeFileSync(join(this.#top, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: { noUnusedLocals: false }, include: ['*/**/*.ts'], exclude: ['node_modules'] }))
  }

  write(document: string, steps: readonly Step[]): void {
    mkdirSync(join(this.#top, document), { recursive: true })
    for (const step of steps) {
      if (step.kind !== 'file') continue
      const path = join(this.#top, document, step.name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, step.text)
    }
  }

  /** What the compiler says of all documents; nothing where all is well. */
  async typeErrors(): Promise<string> {
    const { code, output } = await this.#execute('', join(modules, '.bin', 'tsc'), '-p', '.', '--pretty', 'false')
    return code === 0 ? '' : output
  }

  async take(document: string, step: Step): Promise<void> {
    switch (step.kind) {
      case 'file': return
      case 'result': return equal(readFileSync(join(this.#top, document, step.name), 'utf8'), step.text, `${step.name} is not as shown`)
      case 'modules': return this.#succeed(document, process.execPath, join(root, 'test', 'docs', 'run-modules.ts'), ...step.modules.map(({ name, outcome }) => `${name}=${outcome}`))
      case 'test': return this.#succeed(document, process.execPath, '--test', step.name)
      case 'shell': {
        const { code, output } = await this.#execute(document, 'sh', '-ec', `${npx}\n${step.text}`)
        equal(code, step.code, `${step.text}ended with ${code} and printed\n${output}`)
        ok(holds(output, step.output), `${step.text}printed\n${output}\nwhich is not\n${step.output}`)
      }
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#top, { recursive: true, force: true })
  }

  async #succeed(document: string, program: string, ...parameters: readonly string[]): Promise<void> {
    const { code, output } = await this.#execute(document, program, ...parameters)
    equal(code, 0, output)
  }

  #execute(document: string, program: string, ...parameters: readonly string[]): Promise<Ended> {
    const { NODE_TEST_CONTEXT: _, BATCHWORK_ENGINE: __, ...inherited } = process.env
    const env = { ...inherited, NO_COLOR: '1', PATH: `${join(modules, '.bin')}${delimiter}${inherited['PATH'] ?? ''}` }
    return new Promise(resolve => {
      const child = execFile(program, parameters, { cwd: join(this.#top, document), env, timeout: hangMs }, (_error, output, errors) => resolve({ code: child.exitCode ?? -1, output: output + errors }))
    })
  }
}
