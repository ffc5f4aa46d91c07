// A reducer that adds an item so many times at once gives what it gives for as many items.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count, countBy, distinct, max, mean, min, quantiles, sum, together, type Reducer } from 'batchwork'
import { generator } from '../../src/reducers/seeded-random.ts'

const identity = (value: number) => value
const reducers: Readonly<Record<string, Reducer<number, any, unknown>>> = {
  count: count(), sum: sum(identity), mean: mean(identity), min: min(identity), max: max(identity), countBy: countBy(identity), distinct: distinct(identity),
  quantiles: quantiles(identity, [0, 0.3, 1]), together: together({ hits: count(), total: sum(identity) }),
}
const values = [0.1, 1e100, -1e100, 3, 1e308, -1e308, 5e-324, 2 ** 53, -0.3, Infinity]

for (const [name, reducer] of Object.entries(reducers)) {
  test(`${name} counts equal items together`, () => {
    const random = generator(7)
    for (let run = 0; run < 200; run++) {
      let [together, apart] = [reducer.create(), reducer.create()]
      for (let index = 0; index < 6; index++) {
        const value = values[Math.floor(random() * (run % 2 ? values.length - 1 : values.length))]!
        const times = 1 + Math.floor(random() * 40)
        together = reducer.addTimes!(together, value, times)
        for (let time = 0; time < times; time++) apart = reducer.add(apart, value, undefined as never)
      }
      assert.deepEqual(reducer.extract(together), reducer.extract(apart))
    }
  })
}
