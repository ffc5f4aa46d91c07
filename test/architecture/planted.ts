// A small repository in a temporary folder, with our configuration and the files a test plants: to show that a check bites.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const configuration = ['package.json', 'src/package.json', 'test/package.json', 'tsconfig.json', 'oxlint.config.ts', 'dependency-cruiser.config.mjs', 'scripts']

export class Planted implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'batchwork-planted-'))

  constructor(files: Readonly<Record<string, string>>) {
    for (const path of configuration) cpSync(join(repository, path), join(this.folder, path), { recursive: true })
    symlinkSync(join(repository, 'node_modules'), join(this.folder, 'node_modules'))
    for (const [path, text] of Object.entries(files)) this.#write(path, text)
  }

  /** Runs a JavaScript or TypeScript file of the planted repository and resolves with all it printed and its exit code. */
  run(script: string, ...parameters: readonly string[]): Promise<{ readonly output: string; readonly exitCode: number }> {
    // A test runner inside a test runner would take the outer one for its parent.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    return new Promise(resolve => {
      const child = execFile(process.execPath, [script, ...parameters], { cwd: this.folder, env }, (_error, stdout, stderr) => {
        resolve({ output: stdout + stderr, exitCode: child.exitCode ?? 1 })
      })
    })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #write(path: string, text: string): void {
    const file = join(this.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
