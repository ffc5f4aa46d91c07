// Gives the real command in a process of its own.
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ended, startScript, type Ended } from './command.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url))
}

/** One pool thread: the same run makes the same calls. */
export const sameCalls: Readonly<Record<string, string>> = { UV_THREADPOOL_SIZE: '1' }

/** Begins `batchwork WORDS` with CRASH_FOLDER as its folder. */
export function begin(folder: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []): ChildProcess {
  return startScript(main, folder, { ...sameCalls, ...environment }, prefix, words)
}

/** The same, to its end. */
export function batchwork(folder: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []): Promise<Ended> {
  return ended(begin(folder, words, environment, prefix))
}
