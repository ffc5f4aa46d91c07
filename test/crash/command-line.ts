// Gives the real command in a process of its own, under strace where it is to be killed at one of its writes.
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ended, startScript, type Ended } from './command.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url))
}

/** Parsed once for all the processes of a test run, which begin in half the time. One pool thread: the same run makes the same calls. */
export const quickStart: Readonly<Record<string, string>> = { NODE_COMPILE_CACHE: join(tmpdir(), 'batchwork-crash-cache'), UV_THREADPOOL_SIZE: '1' }

/** `batchwork WORDS` with CRASH_FOLDER as its folder. */
export function batchwork(folder: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []): Promise<Ended> {
  mkdirSync(quickStart['NODE_COMPILE_CACHE']!, { recursive: true })
  return ended(startScript(main, folder, { ...quickStart, ...environment }, prefix, words))
}

/** Kills the process at the `number`-th such call on one of the files. */
export function killAt(syscall: string, number: number, files: readonly string[]): readonly string[] {
  return ['strace', '-f', '-qq', '-o', '/dev/null', ...files.flatMap(file => ['-P', file]), '-e', `trace=${syscall}`, '-e', `inject=${syscall}:signal=KILL:when=${number}`]
}
