// Spring Batch's chunk-oriented step.
import { fileURLToPath } from 'node:url'
import type { Absent } from '../contest.ts'
import type { Program } from '../measure/program.ts'
import { builtByMaven, javaVersion } from './maven.ts'

const folder = fileURLToPath(new URL('spring-batch', import.meta.url))

export type Line = '6.0' | '5.2'

export interface SpringBatch {
  readonly name: string
  readonly version: string
  readonly settings: string
  program(places: { readonly input: string; readonly output: string; readonly scratch: string; readonly chunkSize: number }): Program
}

/** Or why there is none. */
export function springBatch(line: Line): SpringBatch | Absent {
  const name = `Spring Batch ${line}`
  const built = builtByMaven({ name: `spring-batch-${line}`, folder, profile: line === '5.2' ? 'batch-5' : undefined })
  if ('absent' in built) return { name, absent: built.absent }
  const { classPath, versionOf } = built
  return {
    name, version: `${versionOf('spring-batch-core-')}, H2 ${versionOf('h2-')}, Java ${javaVersion()}`,
    settings: 'one thread; metadata in H2 on disk by HikariCP (H2 writes within 500 ms of a commit, its default, so the last chunks may be lost when the power fails)',
    program: ({ input, output, scratch, chunkSize }) => ({ file: 'java', parameters: ['-cp', classPath, 'bench.ChunkStep', input, output, String(chunkSize), scratch] }),
  }
}
