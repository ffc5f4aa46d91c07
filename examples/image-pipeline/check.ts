// Holds a finished run against the truth and exits with 1 if anything falls short:
// node examples/image-pipeline/check.ts --truth truth.json --blurred blurred --census census.json [--photos photos]
// The run has deleted the originals; without --photos they are generated again from the seed in the truth.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Census } from './checking/census.ts'
import { checkOutput } from './checking/report.ts'
import { type Truth, generatePhotos } from './generator/photos.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { truth: text, blurred: text, census: text, photos: text } })
const truth = await readJson<Truth>(required('truth'))
const again = values.photos === undefined ? await mkdtemp(join(tmpdir(), 'originals-')) : undefined
try {
  if (again) await generatePhotos({ folder: join(again, 'photos'), truth: join(again, 'truth.json'), count: truth.photos.length, seed: truth.seed })
  const photos = again ? join(again, 'photos') : required('photos')
  const rows = await checkOutput({ truth, photos, blurred: required('blurred'), census: await readJson<Census>(required('census')) })
  for (const row of rows) console.log(`${row.passed ? 'ok  ' : 'FAIL'}  ${row.measure.padEnd(36)} ${row.value.padStart(8)}  (${row.expected})`)
  process.exitCode = rows.every(row => row.passed) ? 0 : 1
} finally {
  if (again) await rm(again, { recursive: true })
}

function required(name: 'truth' | 'blurred' | 'census' | 'photos'): string {
  const value = values[name]
  if (value === undefined) throw new Error(`--${name} is missing: give the path of the run's ${name}.`)
  return value
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T
}
