// Spark by its Python package, as local[2]: two threads in one JVM. The data frames are Spark's own operators; no Python runs for each line.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Contestant } from '../contest.ts'
import { pythonEnvironment } from './python.ts'
import type { Counted } from './shell-counts.ts'

const script = fileURLToPath(new URL('spark/counts.py', import.meta.url))

export interface SparkSetting {
  /** Of the JVM's heap, such as '512m'. Default: Spark's own, 1g. */
  readonly heap?: string | undefined
}

export function spark(counted: Counted, { heap = '1g' }: SparkSetting = {}): Contestant {
  const environment = pythonEnvironment()
  if ('absent' in environment) return { name: 'Spark', absent: environment.absent }
  if (spawnSync('java', ['-version']).error) return { name: 'Spark', absent: 'as there is no java (Spark 4 needs Java 17 or later)' }
  return {
    name: 'Spark', version: environment.version('pyspark'), form: 'key,count',
    settings: `PySpark local[2], data frames, 2 shuffle partitions, heap ${heap}, no UI`,
    program: ({ input, output, scratch }) => ({
      file: environment.python, parameters: [script, counted, input, output, scratch],
      env: { PYSPARK_SUBMIT_ARGS: `--driver-memory ${heap} pyspark-shell`, SPARK_LOCAL_IP: '127.0.0.1', SPARK_LOCAL_DIRS: scratch }, folder: scratch,
    }),
  }
}
