// The cold start of bare Node (`node -e 0`): the floor under the start of any command of ours.
// Usage: node bench/peers/node-start.ts; prints the median of 20 starts in milliseconds.

import { spawnSync } from 'node:child_process'
import { median } from './run.ts'

/** The median milliseconds from starting `node` with these arguments until it has exited. */
export function measureNodeStart(nodeArguments: readonly string[] = ['-e', '0'], starts = 20): number {
  const milliseconds = Array.from({ length: starts }, () => {
    const start = performance.now()
    const { status } = spawnSync(process.execPath, nodeArguments, { stdio: 'ignore' })
    if (status !== 0) throw new Error(`node ${nodeArguments.join(' ')} ended with code ${status}; expected 0.`)
    return performance.now() - start
  })
  return median(milliseconds)
}

if (import.meta.main) console.log(JSON.stringify({ nodeStartMs: Number(measureNodeStart().toFixed(1)), starts: 20 }))
