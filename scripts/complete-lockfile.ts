// Adds to package-lock.json what npm leaves out of it when a registry lacks the builds of a tool for other systems: without them
// `npm ci` calls the lockfile out of step. Run after every change of dependencies: `npx node scripts/complete-lockfile.ts`.
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  version?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const file = new URL('../package-lock.json', import.meta.url)
const lockfile = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> }

for (const entry of Object.values(lockfile.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    lockfile.packages[`node_modules/${name}`] ??= platformBuild(name, version, entry.dev === true)
  }
}
lockfile.packages = Object.fromEntries(Object.entries(lockfile.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`)

/** The system stands at the end of such a name: `@oxlint/binding-linux-arm64-musl`. */
function platformBuild(name: string, version: string, dev: boolean): Entry {
  const match = /(?<os>aix|android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(?<abi>\w+))?$/.exec(name)
  if (match?.groups === undefined) throw new Error(`${name}@${version} is not in the lockfile, and its name says no system: run npm install again.`)
  const { os, cpu, abi = '' } = match.groups as { os: string; cpu: string; abi?: string }
  const libc = os !== 'linux' || abi === '' ? {} : { libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] }
  return { version, cpu: [cpu], ...(dev ? { dev } : {}), ...libc, optional: true, os: [os] }
}
