// What a figure must be read with: the machine, the versions, the revision and what else the machine was doing.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly sqlite: string
  readonly batchwork: string
  readonly measuredAt: string
}

export function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    sqlite: process.versions['sqlite'] ?? 'none',
    batchwork: `${packageVersion()} at ${revision()}`,
    measuredAt: new Date().toISOString(),
  }
}

export function loadNow(): string {
  return loadavg().map(load => load.toFixed(2)).join(' ')
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  return version
}

function revision(): string {
  const git = (...parameters: string[]) => execFileSync('git', parameters, { cwd: new URL('../..', import.meta.url), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src') === '' ? '' : ' with local changes to src')
  } catch {
    return 'no git revision'
  }
}
