// Starts managers as processes and counts how often each item starts, on a simulated cluster.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ContainerRun } from './simulated/kubelet.ts'

const program = fileURLToPath(new URL('manager.ts', import.meta.url))

export class Starts {
  readonly times = new Map<string, number>()

  readonly count = ({ read }: ContainerRun): void => {
    const item = read('/batchwork/item') ?? 'nothing'
    this.times.set(item, (this.times.get(item) ?? 0) + 1)
  }

  /** What started more than once, or is no item. */
  get wrong(): readonly string[] {
    return [...this.times].filter(([item, times]) => times !== 1 || !item.startsWith('{"number":')).map(([item, times]) => `${item} x ${times}`)
  }
}

export interface ManagerEnd {
  /** What it printed when it ended by itself. */
  readonly report: { readonly counts: { readonly done: number; readonly taken: number }; readonly rssMax: number } | undefined
  readonly errors: string
}

export function startManager(kubeconfig: string, ...parameters: readonly number[]): { readonly child: ChildProcess; readonly ended: Promise<ManagerEnd> } {
  const child = spawn(process.execPath, [program, ...parameters.map(String)], { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ['ignore', 'pipe', 'pipe'] })
  return { child, ended: endOf(child) }
}

async function endOf(child: ChildProcess): Promise<ManagerEnd> {
  let output = ''
  let errors = ''
  child.stdout!.on('data', (data: Buffer) => { output += data.toString() })
  child.stderr!.on('data', (data: Buffer) => { errors += data.toString() })
  await once(child, 'close')
  return { report: output === '' ? undefined : JSON.parse(output) as NonNullable<ManagerEnd['report']>, errors }
}
