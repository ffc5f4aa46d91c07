// Where a pipeline reads and writes and with which settings, as the benchmark says by the environment: threads of the run see it too.

export const input = placeNamed('BATCHWORK_BENCH_INPUT')
export const output = placeNamed('BATCHWORK_BENCH_OUTPUT')
/** Of the reduce, where the benchmark sets them. */
export const threads = numberNamed('BATCHWORK_BENCH_THREADS')
/** Of the chunk-oriented step. */
export const chunkSize = numberNamed('BATCHWORK_BENCH_CHUNK')

function placeNamed(name: string): string {
  const place = process.env[name]
  if (place === undefined) throw new Error(`The variable ${name} is not set; expected the path of a file.`)
  return place
}

function numberNamed(name: string): number | undefined {
  const text = process.env[name]
  return text === undefined ? undefined : Number(text)
}
