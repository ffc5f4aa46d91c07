#!/usr/bin/env node
// The command line. What a command needs is imported when it is called: `batchwork run` is to begin at once.
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'

enableCompileCache()
// `batchwork status | head` closes the pipe early; that is no error.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})
const { programOf } = await import('./program.ts')
await programOf(ownVersion()).parseAsync()

/** From the package's own file: src/cli and dist/cli are equally deep. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  return version
}
