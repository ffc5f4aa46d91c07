// DuckDB by its Python package, with two threads. The file is read by its CSV reader with all columns told, so that nothing is guessed.
import { fileURLToPath } from 'node:url'
import type { Contestant } from '../contest.ts'
import { pythonEnvironment } from './python.ts'
import type { Counted } from './shell-counts.ts'

const script = fileURLToPath(new URL('duckdb/counts.py', import.meta.url))

export interface DuckDbSetting {
  /** Such as '512MB'. Default: DuckDB's own. */
  readonly memoryLimit?: string | undefined
}

export function duckdb(counted: Counted, { memoryLimit }: DuckDbSetting = {}): Contestant {
  const environment = pythonEnvironment()
  if ('absent' in environment) return { name: 'DuckDB', absent: environment.absent }
  return {
    name: 'DuckDB', version: environment.version('duckdb'), form: 'key,count',
    settings: `Python package, threads=2${memoryLimit === undefined ? '' : `, memory_limit=${memoryLimit}`}, preserve_insertion_order=false, columns told, no quotes looked for`,
    program: ({ input, output, scratch }) => ({ file: environment.python, parameters: [script, counted, input, output, scratch, memoryLimit ?? ''] }),
  }
}
