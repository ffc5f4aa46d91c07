// The rivals that come as Python packages, in an environment of their own in the temporary folder. It is made once (some 600 MB), and anew when the versions change.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('python-packages.txt', import.meta.url))
const installTimeoutMs = 900_000

export interface Python {
  readonly python: string
  version(name: string): string
}

/** Or why there is none. */
export function pythonEnvironment(): Python | { readonly absent: string } {
  const pins = readFileSync(packages, 'utf8')
  const folder = join(process.env['BATCHWORK_BENCH_DIR'] ?? tmpdir(), `batchwork-bench-python-${createHash('sha256').update(pins).digest('hex').slice(0, 12)}`)
  const absent = existsSync(folder) ? undefined : install(folder)
  if (absent !== undefined) return { absent }
  return { python: join(folder, 'bin', 'python3'), version: name => new RegExp(`^${name}==(.*)$`, 'm').exec(pins)![1]! }
}

/** An environment cannot be moved, but its interpreter and packages work at the new place, and nothing half made is ever taken for whole. */
function install(folder: string): string | undefined {
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  const steps = [['python3', '-m', 'venv', making], [join(making, 'bin', 'python3'), '-m', 'pip', 'install', '--quiet', '--no-deps', '-r', packages]] as const
  for (const [program, ...parameters] of steps) {
    const { status, stderr, error } = spawnSync(program, parameters, { encoding: 'utf8', timeout: installTimeoutMs })
    if (status !== 0) return `as '${program} ${parameters.join(' ')}' did not work: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
  }
  renameSync(making, folder)
  return undefined
}
