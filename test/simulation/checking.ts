// The seeds of one test file: half of those that every test run tries.
import assert from 'node:assert/strict'
import { swept } from './simulating.ts'

export const seedsPerFile = Number(process.env['BATCHWORK_SIMULATION_SEEDS'] ?? 20_000) / 2

export async function everySeedHolds(from: number): Promise<void> {
  const { seeds, failed, gaps, crashes } = await swept(['--seeds', String(seedsPerFile), '--from', String(from)])
  assert.deepEqual(failed.map(({ seed, message }) => `${message}\n  replay: npm run simulate -- --seed ${seed}`), [])
  assert.equal(seeds, seedsPerFile)
  assert.deepEqual(gaps, [], 'a fault never struck where it can')
  assert.ok(crashes > seeds / 4, `only ${crashes} crashes`)
}
