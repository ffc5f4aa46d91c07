// Where a run is killed: at one of the calls that it makes of its disk, by strace.
import { readFileSync } from 'node:fs'

/** Every point instead of a spread of them. */
export const isThorough = process.env['CRASH_POINTS'] === 'all'

const strace = ['strace', '-f', '-qq']

/** Kills the process at the `number`-th such call that a thread of it makes, on one of the files where there are any. With --seccomp-bpf, strace 6.1 sends no signal. */
export function killAt(syscall: string, number: number, files: readonly string[] = []): readonly string[] {
  return [...strace, '-o', '/dev/null', ...on(files), '-e', `trace=${syscall}`, '-e', `inject=${syscall}:signal=KILL:when=${number}`]
}

/** Records such calls. */
export function countingTo(trace: string, syscalls: readonly string[], files: readonly string[] = []): readonly string[] {
  return [...strace, '--seccomp-bpf', '-o', trace, ...on(files), '-e', `trace=${syscalls.join(',')}`]
}

function on(files: readonly string[]): readonly string[] {
  return files.flatMap(file => ['-P', file])
}

/** How many of each call a thread makes at most: strace counts for each thread and call of its own. */
export function callsOfBusiestThreads(trace: string, syscalls: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [, call] of readFileSync(trace, 'utf8').matchAll(/^(\d+ +\w+)\(/gm)) counts.set(call!, (counts.get(call!) ?? 0) + 1)
  return new Map(syscalls.map(syscall => [syscall, Math.max(0, ...[...counts].filter(([call]) => call.endsWith(` ${syscall}`)).map(([, count]) => count))]))
}

/** Numbers from 1 to `last`: all of them where the test is thorough, else so many from the first on. The very last are not reached in every run. */
export function spread(last: number, count: number): readonly number[] {
  if (isThorough || last <= count) return Array.from({ length: last }, (_, index) => index + 1)
  return Array.from({ length: count }, (_, index) => 1 + Math.floor((index * last) / count))
}

const pointsAtOnce = 2

export async function atEachPoint(points: readonly string[], work: (point: string) => Promise<void>): Promise<void> {
  const waiting = [...points]
  const workOn = async () => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) await work(point)
  }
  await Promise.all(Array.from({ length: pointsAtOnce }, workOn))
}
