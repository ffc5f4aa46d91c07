// Ours as a counter: the built command line runs a pipeline file, with a store of its own that has to be made.
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Counter } from './contest.ts'
import { buildIn, type Build } from './measure/build.ts'
import { thisMachine } from './measure/machine.ts'

const pipelines = fileURLToPath(new URL('subjects/pipelines', import.meta.url))

export interface CountingSetting {
  readonly name: string
  /** A file of subjects/pipelines, without its ending. */
  readonly pipeline: string
  readonly settings: string
  /** Of the reduce. Default: its own, one a core. */
  readonly threads?: number | undefined
}

/** The built package, with the pipelines in its user's folder. */
export function buildWithPipelines(folder: string): Build {
  const build = buildIn(folder)
  for (const file of readdirSync(pipelines)) copyFileSync(join(pipelines, file), join(build.app, file))
  return build
}

export function counting({ main, app }: Build, { name, pipeline, settings, threads }: CountingSetting): Counter {
  const { batchwork, node } = thisMachine()
  return {
    name, version: `${batchwork}, Node ${node}`, form: 'key,count',
    settings: `batchwork run, built; embedded, durability 'full'; ${settings}`,
    program: ({ input, output, scratch }) => ({
      file: process.execPath,
      parameters: [main, 'run', join(app, `${pipeline}.ts`), '--quiet', '--store', join(scratch, 'store')],
      env: { BATCHWORK_BENCH_INPUT: input, BATCHWORK_BENCH_OUTPUT: output, ...(threads === undefined ? {} : { BATCHWORK_BENCH_THREADS: String(threads) }) },
    }),
  }
}
