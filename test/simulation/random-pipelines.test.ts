// Random pipelines under random faults: what comes out equals what a run without faults gives, and every count adds up. More seeds:
// BATCHWORK_SIMULATION_SEEDS=20000. A seed that failed: BATCHWORK_SIMULATION_SEED=1234.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generator } from '../../src/reducers/seeded-random.ts'
import type { Fault } from '../../src/testing/index.ts'
import { simulate } from '../../src/testing/simulate.ts'
import { checkConservation, resultsOf } from './checks.ts'
import { compose } from './random-pipelines.ts'

const kinds: readonly Fault[] = ['crash', 'delay', 'duplicate', 'reorder']
const only = process.env['BATCHWORK_SIMULATION_SEED']
const count = only === undefined ? Number(process.env['BATCHWORK_SIMULATION_SEEDS'] ?? 400) : 1
const first = Number(only ?? 1)
/** Each hundredth runs twice: its trace must be the same. */
const twiceEvery = 100

/** A random half of the faults, at least one: swarm testing. */
function faultsOf(seed: number): readonly Fault[] {
  const random = generator(seed * 31)
  const chosen = kinds.filter(() => random() < 0.5)
  return chosen.length > 0 ? chosen : [kinds[seed % kinds.length]!]
}

async function trySeed(seed: number) {
  const faults = faultsOf(seed)
  const [clean, faulty] = [compose(seed), compose(seed)]
  try {
    const expected = await simulate(clean.pipeline, { given: clean.given, seed })
    const actual = await simulate(faulty.pipeline, { given: faulty.given, seed, faults })
    checkConservation(expected)
    checkConservation(actual)
    assert.deepEqual(resultsOf(actual, faulty), resultsOf(expected, clean))
    if (expected.report.outcome === 'stopped') assert.deepEqual([...new Set(faulty.behindBarrier)].toSorted(), [...new Set(clean.behindBarrier)].toSorted(), 'something behind a shut barrier has happened')
    if (seed % twiceEvery === 0) assert.equal((await repeated(seed, faults)).trace, actual.trace, 'the same seed gave another trace')
    return { faults, crashes: actual.crashes, isStopped: expected.report.outcome === 'stopped', failures: expected.failures.length }
  } catch (error) {
    const replay = `BATCHWORK_SIMULATION_SEED=${seed} node --test test/simulation/random-pipelines.test.ts`
    throw new Error(`seed ${seed}, faults ${faults.join(', ')}, ${clean.description}\n  replay: ${replay}\n  ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function repeated(seed: number, faults: readonly Fault[]) {
  const again = compose(seed)
  return simulate(again.pipeline, { given: again.given, seed, faults })
}

test(`${count} random pipelines give under faults what they give without`, async () => {
  let [crashes, stopped, failures] = [0, 0, 0]
  const seen = new Set<Fault>()
  for (let seed = first; seed < first + count; seed++) {
    const tried = await trySeed(seed)
    for (const fault of tried.faults) seen.add(fault)
    crashes += tried.crashes
    failures += tried.failures
    if (tried.isStopped) stopped++
  }
  if (count < 100) return
  assert.deepEqual([...seen].toSorted(), kinds.toSorted(), 'a fault never took place')
  assert.ok(crashes > count / 4, `only ${crashes} crashes`)
  assert.ok(failures > 0 && stopped > 0, 'no item failed, or no barrier stayed shut')
})
