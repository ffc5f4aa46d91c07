// A worker's command as `sh -c` gets it: with the limits that the system itself holds every process to, in front.

/**
 * What one process may map of memory that it can write, beside what its group may have: runtimes map far more than they touch (Node 630 MB with 100 MB
 * in use), and must start.
 */
const mappedBytesFree = 1_073_741_824
const mappedShare = 2

export function workerScript(worker: string, { memoryBytes }: { readonly memoryBytes?: number | undefined }): string {
  const limits = ['ulimit -c 0']
  // Between two looks at the group a single process could else take all there is.
  if (memoryBytes !== undefined) limits.push(`ulimit -d ${Math.ceil((mappedBytesFree + memoryBytes * mappedShare) / 1_024)}`)
  return `${limits.join('\n')}\n${worker}`
}
