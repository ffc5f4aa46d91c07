// The simulator has to be able to fail: each defect, planted in the real runtime or engine, is found within a thousand seeds.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { sampled } from './sampled.ts'
import { plantedBugs } from './planted-bugs.ts'
import { scenarioOf, tried } from './scenario.ts'
import { kindOf } from './shapes.ts'
import { swept } from './simulating.ts'

const seedsMax = 1_000
const plant = new URL('plant.ts', import.meta.url).href

// Of all of them: those that are not sampled would not tell that the file has changed.
void test('what is to be changed by a planted bug occurs once in its file', () => {
  for (const { name, file, snippet } of plantedBugs) assert.equal(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split(snippet).length - 1, 1, `${name}: in ${file}`)
})

void describe('the simulator finds that', () => {
  for (const bug of sampled(plantedBugs)) {
    void test(bug.name, async context => {
      const { failed } = await swept(['--seeds', String(seedsMax), '--from', String(bug.from ?? 1), '--stop-at-failure'], { nodeOptions: ['--import', plant], environment: { BATCHWORK_PLANTED_BUG: bug.name } })
      assert.equal(failed.length, 1, `not found within ${seedsMax} seeds`)
      const scenario = scenarioOf(failed[0]!.seed)
      if (bug.showsIn) assert.equal(kindOf(scenario.shape), bug.showsIn)
      await assert.doesNotReject(tried(scenario), 'the seed fails without the bug too')
      context.diagnostic(`seed ${failed[0]!.seed}: ${failed[0]!.message.split('\n')[0]}`)
    })
  }
})
