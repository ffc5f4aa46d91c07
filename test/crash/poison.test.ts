import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { temporaryFolder } from './command.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const file = fileURLToPath(new URL('fixtures/poison.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

function batchwork(...words: readonly string[]): Promise<Ended> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [main, ...words], (_, stdout, stderr) => resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }))
  })
}

test('an item that kills the main process twice is found, set aside, and all others are done', async () => {
  using folder = temporaryFolder()
  const run = () => batchwork('run', file, '--store', folder.path)
  assert.equal((await run()).signal, 'SIGKILL')
  assert.equal((await run()).signal, 'SIGKILL')
  const third = await run()
  assert.equal(third.code, 2, third.stdout + third.stderr)
  assert.match(third.stderr, /the last 2 processes of this run vanished: workers now run in a process of their own/)
  const failures = (await batchwork('failures', '--json', '--store', folder.path)).stdout.trim().split('\n').map(line => JSON.parse(line) as { readonly item: number; readonly reason: string; readonly attempts: number })
  assert.deepEqual(failures.map(({ item, reason, attempts }) => [item, reason, attempts]), [[137, 'crashed', 2]])
  const status = JSON.parse((await batchwork('status', '--json', '--store', folder.path)).stdout.trim().split('\n')[0]!) as { readonly stages: Readonly<Record<string, { readonly done: number; readonly failed: number }>> }
  assert.deepEqual([status.stages['work']?.done, status.stages['work']?.failed], [299, 1])
})
