// Runs one program to its end: wall time with its start-up, CPU time and peak memory of it and everything it starts.
// Linux only. CPU time comes from the kernel's account of ended children, so programs must be run one after the other; a process that its parent
// does not wait for (Spark's JVM) is missing there, so what was seen of each process while it ran counts where that is more.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs'
import { text } from 'node:stream/consumers'

export interface Program {
  readonly file: string
  readonly parameters: readonly string[]
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly folder?: string | undefined
  /** Where its standard output goes. Default: nowhere. */
  readonly output?: string | undefined
}

export interface ProgramRun {
  readonly seconds: number
  readonly cpuSeconds: number
  /** The sum over its processes of the most that each ever had in memory (VmHWM). */
  readonly peakMb: number
}

const timeoutMs = 1_800_000
const sampleEveryMs = 20
/** Of /proc/PID/stat: fixed on Linux at 100 a second for programs. */
const ticksPerSecond = 100

/** Throws where it ends with another code than 0. */
export async function runProgram({ file, parameters, env, folder, output }: Program): Promise<ProgramRun> {
  const descriptor = output === undefined ? 'ignore' as const : openSync(output, 'w')
  const cpuBefore = cpuSecondsOfChildren()
  const start = performance.now()
  const child = spawn(file, parameters, { env: { ...process.env, ...env }, cwd: folder, stdio: ['ignore', descriptor, 'pipe'], timeout: timeoutMs })
  const watch = new ProcessWatch(child.pid)
  const errors = text(child.stderr!)
  const [code, signal] = await once(child, 'exit') as [number | null, string | null]
  const seconds = (performance.now() - start) / 1000
  watch.stop()
  if (typeof descriptor === 'number') closeSync(descriptor)
  if (code !== 0) throw new Error(`${file} ${parameters.join(' ')} ended with ${signal ?? `code ${code}`}; expected 0. It said: ${(await errors).slice(-2_000)}`)
  return { seconds, cpuSeconds: Math.max(cpuSecondsOfChildren() - cpuBefore, watch.cpuSeconds), peakMb: watch.peakMb }
}

function cpuSecondsOfChildren(): number {
  return cpuSecondsIn('/proc/self/stat', 13)
}

/** Of a process that runs, all its threads. */
export function cpuSecondsOf(pid: number): number {
  return cpuSecondsIn(`/proc/${pid}/stat`, 11)
}

/** `first` is the place of the user's time among the fields behind the program's name; that of the system follows. */
function cpuSecondsIn(file: string, first: 11 | 13): number {
  const fields = readFileSync(file, 'utf8').split(') ').at(-1)!.split(' ')
  return (Number(fields[first]) + Number(fields[first + 1])) / ticksPerSecond
}

class ProcessWatch {
  readonly #peakKb = new Map<number, number>()
  readonly #cpuSeconds = new Map<number, number>()
  readonly #timer: NodeJS.Timeout

  constructor(root: number | undefined) {
    this.#timer = setInterval(() => root !== undefined && this.#sample(root), sampleEveryMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  get peakMb(): number {
    return sumOf(this.#peakKb) / 1024
  }

  get cpuSeconds(): number {
    return sumOf(this.#cpuSeconds)
  }

  #sample(pid: number): void {
    try {
      const kb = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      if (kb !== undefined) this.#peakKb.set(pid, Number(kb))
      this.#cpuSeconds.set(pid, cpuSecondsOf(pid))
      for (const thread of readdirSync(`/proc/${pid}/task`)) childrenOf(pid, thread).forEach(child => this.#sample(child))
    } catch {
      // It has just ended: what was seen of it counts.
    }
  }
}

function sumOf(values: ReadonlyMap<number, number>): number {
  return [...values.values()].reduce((sum, value) => sum + value, 0)
}

function childrenOf(pid: number, thread: string): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(text => text !== '').map(Number)
}
