// Counting in Node without a library: our own prototypes, which say how fast the machine could be.
import { fileURLToPath } from 'node:url'
import type { Counter } from '../contest.ts'

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export function bareThreads(counted: 'page' | 'word', threads: number): Counter {
  return {
    name: `bare Node, threads: ${threads}`, version: process.versions.node, form: 'key,count',
    settings: 'blocks of 1 MB as strings, the same function on each line, a Map in each thread; nothing durable',
    program: ({ input, output }) => ({ file: process.execPath, parameters: [fileOf('bare-counts.ts'), counted, String(threads), input, output] }),
  }
}

export const plainNodeWords: Counter = {
  name: 'plain Node', version: process.versions.node, form: 'key,count', settings: 'node:readline, split, a Map; one thread',
  program: ({ input, output }) => ({ file: process.execPath, parameters: [fileOf('plain-node-words.ts'), input, output] }),
}
