#!/usr/bin/env node
// The command line. What a command needs is imported when it is called: `batchwork run` is to begin at once.
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'

const { directory } = enableCompileCache()
// Threads and processes do not take it over by themselves.
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= directory
// `batchwork status | head` closes the pipe early, and a terminal may go while a run drains: no errors of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  })
}
const { programOf } = await import('./program.ts')
await programOf(ownVersion()).parseAsync()

/** From the package's own file: src/cli and dist/cli are equally deep. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  return version
}
