// Spring Batch's chunk-oriented step, built by Maven into the temporary folder: once, and anew when its sources change.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Absent } from '../contest.ts'
import type { Program } from '../measure/program.ts'

const sources = fileURLToPath(new URL('spring-batch', import.meta.url))
const buildTimeoutMs = 600_000

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
  if (spawnSync('mvn', ['--version']).error) return { name, absent: 'as there is no Maven (on Debian: apt-get install maven)' }
  const folder = join(process.env['BATCHWORK_BENCH_DIR'] ?? tmpdir(), `batchwork-bench-spring-batch-${line}-${fingerprint()}`)
  const absent = existsSync(folder) ? undefined : build(line, folder)
  if (absent !== undefined) return { name, absent }
  return {
    name, version: versionsIn(folder),
    settings: 'one thread; metadata in H2 on disk by HikariCP (H2 writes within 500 ms of a commit, its default, so the last chunks may be lost when the power fails)',
    program: ({ input, output, scratch, chunkSize }) => ({
      file: 'java', parameters: ['-cp', [join(folder, 'classes'), join(folder, 'libraries', '*')].join(':'), 'bench.ChunkStep', input, output, String(chunkSize), scratch],
    }),
  }
}

function build(line: Line, folder: string): string | undefined {
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making)
  const parameters = ['--batch-mode', '--quiet', '--file', join(sources, 'pom.xml'), `-Dtarget=${making}`, ...(line === '5.2' ? ['--activate-profiles', 'batch-5'] : []), 'compile', 'dependency:copy-dependencies']
  const { status, stdout, error } = spawnSync('mvn', parameters, { encoding: 'utf8', timeout: buildTimeoutMs })
  if (status !== 0) return `as 'mvn ${parameters.join(' ')}' did not work: ${error?.message ?? stdout.trim().slice(-400)}`
  renameSync(making, folder)
  return undefined
}

function fingerprint(): string {
  const hash = createHash('sha256')
  const files = readdirSync(sources, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  for (const file of files.toSorted()) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}

function versionsIn(folder: string): string {
  const versionOf = (library: string) => readdirSync(join(folder, 'libraries')).find(name => name.startsWith(library))?.slice(library.length).replace('.jar', '')
  const java = /"([^"]+)"/.exec(spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr)?.[1]
  return `${versionOf('spring-batch-core-')}, H2 ${versionOf('h2-')}, Java ${java}`
}
