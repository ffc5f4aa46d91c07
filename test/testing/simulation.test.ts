// The simulation that users write tests with.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, pipeline } from '../../src/index.ts'
import { given, simulate, SimulationError } from '../../src/testing/index.ts'

const numbers = [given('numbers', Array.from({ length: 10 }, (_, n) => n))]
const doubled = pipeline('doubled', flow => ({ out: flow.source('numbers', items<number>([])).work('double', n => n * 2) }))

test('a pipeline without side effects gives the same under every seed', async () => {
  const { seeds, crashes, commits } = await simulate(doubled, {
    seeds: 30, given: numbers, check: ({ outputs }) => assert.deepEqual(outputs.out.toSorted((a, b) => a - b), Array.from({ length: 10 }, (_, n) => n * 2)),
  })
  assert.equal(seeds, 30)
  assert.ok(crashes > 0 && commits > 30)
})

test('a worker that counts its calls is found out, and the error replays it', async () => {
  const counting = (seeds: number, from = 1) => {
    let calls = 0
    return simulate(doubled, { seeds, from, given: numbers, workers: { double: () => ++calls }, check: ({ outputs }) => {
      const most = Math.max(...outputs.out)
      calls = 0
      assert.equal(most, 10)
    } })
  }
  const error = await counting(100).then(() => undefined, (thrown: unknown) => thrown)
  assert.ok(error instanceof SimulationError)
  assert.match(error.message, new RegExp(`from: ${error.seed}, seeds: 1`))
  await assert.rejects(counting(1, error.seed), SimulationError)
})
