// A peer in Java, built by Maven into the temporary folder: once, and anew when its sources change.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const buildTimeoutMs = 600_000

export interface JavaSources {
  /** Of the folder it is built into. */
  readonly name: string
  /** A folder with a pom.xml, which puts everything where the property `target` says. */
  readonly folder: string
  readonly profile?: string | undefined
}

export interface JavaBuild {
  readonly classPath: string
  /** Of a library that it was built with, by the beginning of its file's name. */
  readonly versionOf: (library: string) => string | undefined
}

/** Or why there is none. */
export function builtByMaven(sources: JavaSources): JavaBuild | { readonly absent: string } {
  if (spawnSync('mvn', ['--version']).error) return { absent: 'as there is no Maven (on Debian: apt-get install maven)' }
  const folder = join(process.env['BATCHWORK_BENCH_DIR'] ?? tmpdir(), `batchwork-bench-${sources.name}-${fingerprintOf(sources.folder)}`)
  const absent = existsSync(folder) ? undefined : build(sources, folder)
  if (absent !== undefined) return { absent }
  return {
    classPath: [join(folder, 'classes'), join(folder, 'libraries', '*')].join(':'),
    versionOf: library => readdirSync(join(folder, 'libraries')).find(name => name.startsWith(library))?.slice(library.length).replace('.jar', ''),
  }
}

export function javaVersion(): string {
  return /"([^"]+)"/.exec(spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr)?.[1] ?? 'unknown'
}

function build({ folder: sources, profile }: JavaSources, folder: string): string | undefined {
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making)
  const parameters = ['--batch-mode', '--quiet', '--file', join(sources, 'pom.xml'), `-Dtarget=${making}`, ...(profile === undefined ? [] : ['--activate-profiles', profile]), 'compile', 'dependency:copy-dependencies']
  const { status, stdout, error } = spawnSync('mvn', parameters, { encoding: 'utf8', timeout: buildTimeoutMs })
  if (status !== 0) return `as 'mvn ${parameters.join(' ')}' did not work: ${error?.message ?? stdout.trim().slice(-400)}`
  renameSync(making, folder)
  return undefined
}

function fingerprintOf(sources: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(sources, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  for (const file of files.toSorted()) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}
