// What `import 'batchwork'` loads: every thread that maps a reduce pays for it again.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const program = "await import('batchwork'); console.log(process.moduleLoadList.filter(name => name.includes('undici')).join())"

test('a pipeline loads no HTTP client of Node before it asks for one', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: import.meta.dirname, encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(stdout, '\n')
})
