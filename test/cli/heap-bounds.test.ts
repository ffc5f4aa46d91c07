import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const module = new URL('../../src/cli/heap-bounds.ts', import.meta.url).href

/** Megabytes that a process tells after many rounds of `round`, with nothing kept from round to round but what it keeps in `kept`. */
function megabytes(isBounded: boolean, round: string, told: string): number {
  const program = `
    import v8 from 'node:v8'
    ${isBounded ? `const { boundHeap } = await import('${module}'); boundHeap()` : ''}
    const kept = []
    let peak = 0
    for (let round = 0; round < 300; round++) {
      ${round}
      peak = Math.max(peak, v8.getHeapStatistics().total_heap_size)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    console.log(${told} / 1e6)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  assert.equal(stderr, '')
  return Number(stdout)
}

void test('the young generation stays small where it would grow to a hundred megabytes', () => {
  const muchSurvives = "kept.push(Array.from({ length: 20_000 }, (_, index) => ({ index, text: 'key ' + index }))); if (kept.length > 40) kept.shift()"
  const young = (isBounded: boolean) => megabytes(isBounded, muchSurvives, "v8.getHeapSpaceStatistics().find(space => space.space_name === 'new_space').space_size")
  assert.ok(young(false) > 100, 'without the bound it grows')
  assert.ok(young(true) < 50, 'with it, it does not')
})

void test('large texts that are garbage at once do not make the heap grow to hundreds of megabytes', () => {
  const largeTexts = "for (let count = 0; count < 10; count++) { kept[round % 30] = Buffer.alloc(200_000, 'x').toString('latin1'); JSON.parse(`[\"${kept[round % 30]}\"]`) }"
  const heap = (isBounded: boolean) => megabytes(isBounded, largeTexts, 'peak')
  assert.ok(heap(false) > 150, 'without the bound it grows')
  assert.ok(heap(true) < 120, 'with it, it does not')
})
