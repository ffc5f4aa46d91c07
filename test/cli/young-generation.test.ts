import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const module = new URL('../../src/cli/young-generation.ts', import.meta.url).href

/** Megabytes of young generation of a process in which much survives for a moment. */
function youngGeneration(isBounded: boolean): number {
  const program = `
    import v8 from 'node:v8'
    ${isBounded ? `const { boundYoungGeneration } = await import('${module}'); boundYoungGeneration()` : ''}
    const kept = []
    for (let round = 0; round < 200; round++) {
      kept.push(Array.from({ length: 20_000 }, (_, index) => ({ index, text: 'key ' + index })))
      if (kept.length > 40) kept.shift()
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    console.log(v8.getHeapSpaceStatistics().find(space => space.space_name === 'new_space').space_size / 1e6)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  assert.equal(stderr, '')
  return Number(stdout)
}

void test('the young generation stays small where it would grow to a hundred megabytes', () => {
  assert.ok(youngGeneration(false) > 100, 'without the bound it grows')
  assert.ok(youngGeneration(true) < 50, 'with it, it does not')
})
