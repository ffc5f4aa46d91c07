// A working folder for each item, removed after it. Each process has one root, so that a later one can tell what the dead have left.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeStale } from '../../executors/command/folders.ts'

const prefix = 'batchwork-items-'

export class WorkFolders {
  readonly #root: string
  readonly #removeRoot = () => rmSync(this.#root, { recursive: true, force: true })
  #made = 0

  constructor(base: string) {
    mkdirSync(base, { recursive: true })
    removeStale(base, prefix)
    this.#root = realpathSync(mkdtempSync(join(base, `${prefix}${process.pid}-`)))
    process.on('exit', this.#removeRoot)
  }

  async within<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.#root, String(this.#made++))
    mkdirSync(folder, { mode: 0o700 })
    try {
      return await work(folder)
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 2 })
    }
  }

  close(): void {
    process.off('exit', this.#removeRoot)
    this.#removeRoot()
  }
}
