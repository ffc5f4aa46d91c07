// Builds one commit: its files go into a folder of their own, and its build.sh runs there. Running it twice does no harm.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Context } from 'batchwork'
import type { Commit } from './commits.ts'

const run = promisify(execFile)

export interface Built extends Pick<Commit, 'repository' | 'branch' | 'sha'> {
  readonly output: string
  readonly startedAt: number
  readonly endedAt: number
}

export async function build({ repository, path, branch, sha }: Commit, { signal }: Context): Promise<Built> {
  const startedAt = Date.now()
  const folder = await mkdtemp(join(tmpdir(), 'build-queue-'))
  try {
    const archive = join(folder, 'source.tar')
    await run('git', ['-C', path, 'archive', '-o', archive, sha], { signal })
    await run('tar', ['-xf', archive, '-C', folder], { signal })
    const { stdout } = await run('sh', ['build.sh'], { cwd: folder, signal })
    return { repository, branch, sha, output: stdout.trim(), startedAt, endedAt: Date.now() }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
