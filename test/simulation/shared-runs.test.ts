// Runs that several processes share keep what one process keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedSwept } from './simulating.ts'

const given = process.env['SHARED_SEEDS']
const seedsMax = Number(given ?? 600)
/** Seconds in which seeds are begun, and how many of them any machine must come to. */
const within = given === undefined ? ['--within', '20'] : []
const seedsMin = Math.min(25, seedsMax)
const happensOften = ['crashes', 'is taken for dead', 'stands still', 'is stopped', 'asks to redrive', 'asks to pause', 'barrier', 'limited', 'endless']

void test(`processes that come, go and die share a run, and every item comes out once: ${seedsMax} seeds`, async () => {
  const { seeds, failed, happenings } = await sharedSwept(['--seeds', String(seedsMax), ...within])
  assert.deepEqual(failed.map(({ seed, message }) => `${message}\n  replay: node scripts/simulate-shared.ts --seed ${seed}`), [])
  assert.ok(seeds >= seedsMin, `only ${seeds} seeds`)
  assert.deepEqual(happensOften.filter(each => (happenings[each] ?? 0) < seeds / 25), [], 'what hardly ever happened')
})
