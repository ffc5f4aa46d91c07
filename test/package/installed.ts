// The package as its users get it: packed from a copy of the repository (so that a test run changes nothing in it) and installed into
// an empty project with npm.
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const repository = fileURLToPath(new URL('../..', import.meta.url))
const whatPackingReads = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'scripts', 'README.md', 'CHANGELOG.md', 'LICENSE']

export const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  readonly version: string
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
  readonly devDependencies: Readonly<Record<string, string>>
}

export const tsc = join(repository, 'node_modules/typescript/bin/tsc')

export class InstalledPackage implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'batchwork-package-'))
  /** The user's project. */
  readonly project = join(this.#folder, 'project')
  /** Paths of the files in the tarball. */
  packed: readonly string[] = []

  async install(): Promise<void> {
    const tarball = await this.#pack()
    mkdirSync(this.project)
    this.write('package.json', JSON.stringify({ private: true, type: 'module' }))
    const nodeTypes = `@types/node@${manifest.devDependencies['@types/node']}`
    await this.#npm(this.project, 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball, nodeTypes)
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.project, path), text)
  }

  read(path: string): string {
    return readFileSync(join(this.project, path), 'utf8')
  }

  /** Runs a file with Node in the project; rejects with its output unless it succeeds. */
  async node(...parameters: readonly string[]): Promise<string> {
    return (await execute(process.execPath, parameters, { cwd: this.project, env: environment() })).stdout
  }

  async npx(...parameters: readonly string[]): Promise<string> {
    return this.#npm(this.project, 'exec', '--offline', '--', ...parameters)
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #pack(): Promise<string> {
    const copy = join(this.#folder, 'copy')
    for (const path of whatPackingReads.filter(path => existsSync(join(repository, path)))) {
      cpSync(join(repository, path), join(copy, path), { recursive: true })
    }
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
    const output = await this.#npm(copy, 'pack', '--json', '--pack-destination', this.#folder)
    const [packed] = Object.values(JSON.parse(output.slice(output.search(/^[[{]/m))) as Record<string, { filename: string; files: { path: string }[] }>)
    if (packed === undefined) throw new Error(`npm pack reported no tarball: ${output}`)
    this.packed = packed.files.map(file => file.path)
    return join(this.#folder, packed.filename)
  }

  async #npm(cwd: string, ...parameters: readonly string[]): Promise<string> {
    return (await execute('npm', parameters, { cwd, env: environment() })).stdout
  }
}

/** Ours without what the npm that runs the tests tells its scripts about this repository. */
function environment(): NodeJS.ProcessEnv {
  const kept = (name: string): boolean => !name.startsWith('npm_') || /^npm_config_(cache|registry|cafile|userconfig|globalconfig)$/.test(name)
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept(name) && name !== 'NODE_TEST_CONTEXT'))
}
