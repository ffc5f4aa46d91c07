// A copy of an example in a temporary folder, run there as a user runs it: with its own commands, in processes of their own.
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly code: number
  readonly output: string
  readonly errors: string
}

export class Example implements Disposable {
  readonly #top: string
  /** The example's own folder. */
  readonly path: string
  readonly #engine: string | undefined

  /** `engine`: where its commands work. Default: in the folder that they are started in. */
  constructor(name: string, engine?: string) {
    this.#engine = engine
    this.#top = mkdtempSync(join(realpathSync(tmpdir()), 'batchwork-example-'))
    this.path = join(this.#top, 'examples', name)
    mkdirSync(this.path, { recursive: true })
    for (const shared of ['package.json', 'bar-chart.ts']) cpSync(join(root, 'examples', shared), join(this.#top, 'examples', shared))
    cpSync(join(root, 'examples', name), this.path, { recursive: true, filter: source => basename(source) !== 'out' })
    symlinkSync(join(root, 'node_modules'), join(this.#top, 'node_modules'))
  }

  /** `npx node examples/NAME/FILE PARAMETERS` */
  node(file: string, ...parameters: readonly string[]): Promise<Ended> {
    return this.#execute(process.execPath, join(this.path, file), ...parameters)
  }

  /** `npx batchwork run examples/NAME/pipeline.ts` */
  run(...parameters: readonly string[]): Promise<Ended> {
    return this.#execute(process.execPath, join(root, 'src', 'cli', 'main.ts'), 'run', join(this.path, 'pipeline.ts'), ...this.#engine === undefined ? [] : ['--engine', this.#engine], ...parameters)
  }

  text(file: string): string {
    return readFileSync(join(this.path, file), 'utf8')
  }

  jsonLines<T>(file: string): readonly T[] {
    return this.text(file).split('\n').filter(line => line !== '').map(line => JSON.parse(line) as T)
  }

  has(file: string): boolean {
    return existsSync(join(this.path, file))
  }

  [Symbol.dispose](): void {
    rmSync(this.#top, { recursive: true, force: true })
  }

  #execute(program: string, ...parameters: readonly string[]): Promise<Ended> {
    const { NODE_TEST_CONTEXT: _, BATCHWORK_ENGINE: __, ...inherited } = process.env
    const engine = this.#engine === undefined ? {} : { BATCHWORK_ENGINE: this.#engine }
    const env = { ...inherited, ...engine, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${inherited['PATH'] ?? ''}` }
    return new Promise(resolve => {
      const child = execFile(program, parameters, { cwd: this.#top, env, timeout: 120_000 }, (_error, output, errors) => resolve({ code: child.exitCode ?? -1, output, errors }))
    })
  }
}
