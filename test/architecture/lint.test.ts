// Each ban of oxlint.config.ts is shown to bite by planting what it forbids.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Planted } from './planted.ts'

async function lint(paths: string | readonly string[], code: string): Promise<string> {
  using planted = new Planted(Object.fromEntries([paths].flat().map(path => [path, code])))
  return (await planted.run('node_modules/oxlint/bin/oxlint', '--format=unix', 'src')).output
}

const simulated = ['src/runtime/planted.ts', 'src/plan/planted.ts', 'src/policies/planted.ts']

const bannedWhereSimulated = {
  'Date.now': 'export const x = Date.now()',
  'new Date': 'export const x = new Date()',
  'globalThis.Date': 'export const x = globalThis.Date.now()',
  'Math.random': 'export const x = Math.random()',
  'a destructured Math.random': 'export const { random } = Math',
  'performance': 'export const x = performance.now()',
  'setTimeout': 'setTimeout(() => {}, 1)',
  'setInterval': 'setInterval(() => {}, 1)',
  'setImmediate': 'setImmediate(() => {})',
  'AbortSignal.timeout': 'export const x = AbortSignal.timeout(1)',
  'fetch': `export const x = fetch('https://example.org')`,
  'process': 'export const x = process.hrtime()',
  'crypto': 'export const x = crypto.randomUUID()',
  'node:fs': `export { readFileSync } from 'node:fs'`,
  'node:fs/promises': `export { readFile } from 'node:fs/promises'`,
  'fs without node:': `export { readFileSync } from 'fs'`,
  'a dynamic import of node:fs': `export const x = import('node:fs')`,
  'node:timers/promises': `export { setTimeout } from 'node:timers/promises'`,
  'node:perf_hooks': `export { performance } from 'node:perf_hooks'`,
  'node:worker_threads': `export { Worker } from 'node:worker_threads'`,
  'node:sqlite': `export { DatabaseSync } from 'node:sqlite'`,
  'randomness of node:crypto': `import { randomUUID } from 'node:crypto'\nexport const x = randomUUID()`,
}

suite('the linter', { concurrency: 2 }, () => {
  for (const [what, code] of Object.entries(bannedWhereSimulated)) {
    test(`rejects ${what} under runtime, plan and policies`, async () => {
      const output = await lint(simulated, code)
      for (const path of simulated) assert.match(output, new RegExp(`^${path}:.*Error/eslint[(]no-restricted-`, 'm'))
    })
  }

  test('accepts under runtime what only computes', async () => {
    const code = [
      `import { createHash } from 'node:crypto'`,
      `import { inspect } from 'node:util'`,
      'export type Time = Date',
      `export const x = inspect(Math.max(1, createHash('sha256').update('a').digest().length))`,
    ].join('\n')
    assert.equal(await lint('src/runtime/planted.ts', code), '')
  })

  test('accepts time and files where engines and connectors live', async () => {
    assert.equal(await lint('src/sources/planted.ts', `export { readFile } from 'node:fs/promises'\nexport const x = Date.now()`), '')
  })

  test('rejects the console in source, except in the command line', async () => {
    assert.match(await lint('src/sinks/planted.ts', `console.log('x')`), /no-console/)
    assert.equal(await lint('src/cli/planted.ts', `console.log('x')`), '')
  })

  test('rejects importing batchwork by name from its own source', async () => {
    for (const path of ['src/sinks/planted.ts', 'src/cli/planted.ts', 'src/runtime/planted.ts']) {
      assert.match(await lint(path, `export * from 'batchwork/testing'`), /no-restricted-imports/)
    }
  })

  test('rejects a promise that nobody waits for', async () => {
    const code = `async function work(): Promise<void> {\n  await Promise.resolve()\n}\nwork()`
    assert.match(await lint('src/logs/planted.ts', code), /no-floating-promises/)
  })
})
