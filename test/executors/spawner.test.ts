import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test, type TestContext } from 'node:test'
import { runCommand } from '../../src/executors/command/run.ts'

const context = { signal: new AbortController().signal }

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'batchwork-spawner-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>(resolve => setTimeout(resolve, 5))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}

test('when the process that starts commands is killed its commands fail, say so, and end; the next command starts another', async t => {
  const file = join(folder(t), 'pid')
  const failing = runCommand('sh', ['-c', `echo $$ > '${file}'; exec sleep 1000`], 1, context)
  await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'))
  const pid = Number(readFileSync(file, 'utf8'))
  await new Promise<void>(resolve => setTimeout(resolve, 100)) // it is told by its pid after 10 ms
  process.kill(parentOf(pid), 'SIGKILL')
  await assert.rejects(failing, /could not be started: the process that starts commands ended: SIGKILL/)
  await until(() => !isAlive(pid))
  assert.equal(await runCommand('sh', ['-c', 'echo 2 > "$WORK_RESULT_FILE"'], 1, context), 2)
})

test('commands end with their owner, though it was killed', async t => {
  const file = join(folder(t), 'pid')
  const run = fileURLToPath(new URL('../../src/executors/command/run.ts', import.meta.url))
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', `
    const { runCommand } = await import(${JSON.stringify(run)})
    await runCommand('sh', ['-c', ${JSON.stringify(`echo $$ > '${file}'; sleep 1000; true`)}], 1, { signal: new AbortController().signal })
  `], { stdio: 'ignore' })
  await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'))
  const pid = Number(readFileSync(file, 'utf8'))
  assert.ok(isAlive(pid))
  owner.kill('SIGKILL')
  await until(() => !isAlive(pid))
})
