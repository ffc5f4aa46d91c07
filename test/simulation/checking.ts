// The seeds of one test file: half of those that every test run tries.
import assert from 'node:assert/strict'
import { swept } from './simulating.ts'

export const seedsPerFile = Number(process.env['BATCHWORK_SIMULATION_SEEDS'] ?? 20_000) / 2

/** Seconds in which seeds are begun, where a machine is so slow or so busy that it does not come to all of them; and how many any must come to. */
const within = process.env['BATCHWORK_SIMULATION_SEEDS'] === undefined ? ['--within', '150'] : []
const seedsMin = Math.min(500, seedsPerFile)

export async function everySeedHolds(from: number): Promise<void> {
  const { seeds, failed, gaps, crashes } = await swept(['--seeds', String(seedsPerFile), '--from', String(from), ...within])
  assert.deepEqual(failed.map(({ seed, message }) => `${message}\n  replay: npm run simulate -- --seed ${seed}`), [])
  assert.ok(seeds >= seedsMin, `only ${seeds} seeds`)
  assert.deepEqual(gaps, [], 'a fault never struck where it can')
  assert.ok(crashes > seeds / 4, `only ${crashes} crashes`)
}
