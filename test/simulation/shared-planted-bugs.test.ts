// The simulation of shared runs has to be able to fail: each defect, planted in the real runtime, is found within five hundred seeds.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { sampled } from './sampled.ts'
import { sharedPlantedBugs } from './shared-planted-bugs.ts'
import { sharedSwept } from './simulating.ts'

const seedsMax = 500
const plant = new URL('plant.ts', import.meta.url).href

// Of all of them: those that are not sampled would not tell that the file has changed.
void test('what is to be changed by a planted bug of shared runs occurs once in its file', () => {
  for (const { name, file, snippet } of sharedPlantedBugs) assert.equal(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split(snippet).length - 1, 1, `${name}: in ${file}`)
})

void describe('the simulation of shared runs finds that', () => {
  for (const bug of sampled(sharedPlantedBugs)) {
    void test(bug.name, async context => {
      const { failed } = await sharedSwept(['--seeds', String(seedsMax), '--from', String(bug.from ?? 1), '--stop-at-failure'], { nodeOptions: ['--import', plant], environment: { BATCHWORK_PLANTED_BUG: bug.name } })
      assert.equal(failed.length, 1, `not found within ${seedsMax} seeds`)
      const [{ seed, message } = { seed: 0, message: '' }] = failed
      const sound = await sharedSwept(['--seeds', '1', '--from', String(seed)])
      assert.deepEqual(sound.failed, [], 'the seed fails without the bug too')
      context.diagnostic(`seed ${seed}: ${message.split('\n')[0]}`)
    })
  }
})
