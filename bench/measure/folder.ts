// A folder for the store of one measurement, gone when the measurement is.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Set BATCHWORK_BENCH_DIR to measure on another disk. */
export function freshFolder(): string {
  return mkdtempSync(join(process.env['BATCHWORK_BENCH_DIR'] ?? tmpdir(), 'batchwork-bench-'))
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

export async function inFreshFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = freshFolder()
  try {
    return await use(folder)
  } finally {
    removeFolder(folder)
  }
}

export function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
