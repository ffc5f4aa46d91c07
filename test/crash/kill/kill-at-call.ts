// Kills a process at one of the calls that it makes of its disk, at no cost but that of the process.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One call on one file, by its number. */
export interface Point {
  /** As strace names it. */
  readonly call: string
  /** As seen from the folder of the run. */
  readonly path: string
  readonly number: number
}

const source = fileURLToPath(new URL('kill-at-call.c', import.meta.url))

/** Compiles the library that does it into a folder. Needs `cc`. */
export function compiledKiller(folder: string): string {
  const library = join(folder, 'kill-at-call.so')
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source])
  return library
}

/** What a process has to have in its environment. */
export function killingAt(library: string, folder: string, { call, path, number }: Point): Readonly<Record<string, string>> {
  return { LD_PRELOAD: library, KILL_CALL: call, KILL_PATH: join(folder, path), KILL_NUMBER: String(number) }
}
