// The reducers of the house keep the laws, and each law catches the reducer that breaks it.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Reducer } from '../../src/model/reducer.ts'
import { checkReducer, ReducerLawError } from '../../src/reducers/check-reducer.ts'
import { countBy } from '../../src/reducers/count-by.ts'
import { count } from '../../src/reducers/count.ts'
import { distinct } from '../../src/reducers/distinct.ts'
import { histogram } from '../../src/reducers/histogram.ts'
import { latest } from '../../src/reducers/latest.ts'
import { max } from '../../src/reducers/max.ts'
import { mean } from '../../src/reducers/mean.ts'
import { min } from '../../src/reducers/min.ts'
import { quantiles } from '../../src/reducers/quantiles.ts'
import { sum } from '../../src/reducers/sum.ts'
import { together } from '../../src/reducers/together.ts'
import { topK } from '../../src/reducers/top-k.ts'

const itself = (value: number) => value
const builtIn: Readonly<Record<string, Reducer<number, any, unknown>>> = {
  count: count(),
  countBy: countBy(itself),
  sum: sum(itself),
  mean: mean(itself),
  min: min(itself),
  max: max(itself),
  topK: topK(3, value => -value),
  distinct: distinct(itself),
  quantiles: quantiles(itself, [0, 0.5, 1]),
  histogram: histogram(itself, { bounds: [0, 1], weight: itself }),
  latest: latest<number>(),
  together: together({ sum: sum(itself), latest: latest<number>(), topK: topK(2, itself) }),
}

function total(changed: Partial<Reducer<number, any, any>>): Reducer<number, any, any> {
  return { create: () => 0, add: (sum, item) => sum + item, merge: (a, b) => a + b, extract: sum => sum, ...changed }
}

function counterexample(reducer: Reducer<number, any, any>, items: readonly number[] = [1, 2, 3], seed = 1): ReducerLawError {
  let found: unknown
  try {
    checkReducer(reducer, { items, seed })
  } catch (error) {
    found = error
  }
  assert.ok(found instanceof ReducerLawError, `found ${String(found)}`)
  return found
}

suite('checkReducer', () => {
  for (const [name, reducer] of Object.entries(builtIn)) {
    test(`finds nothing wrong with ${name}`, () => {
      checkReducer(reducer, { items: [0, 0.1, 0.2, 1, -1, 1e100, -1e100, Number.MAX_VALUE, -Number.MAX_VALUE] })
      checkReducer(reducer, { items: random => Math.floor(random() * 100) / 7, seed: 7 })
    })
  }

  test('finds a create that is not neutral', () => {
    const { law, groups } = counterexample(total({ create: () => 1 }))
    assert.equal(law, 'merge(create(), a) gives a')
    assert.deepEqual(groups, [[], [], []])
  })

  test('finds a merge that heeds order, with one item on each side', () => {
    const { law, groups, message } = counterexample(total({ create: () => null, add: (sum, item) => sum ?? item, merge: (a, b) => a ?? b }))
    assert.equal(law, 'merge(a, b) gives merge(b, a)')
    assert.deepEqual(groups.map(group => group.length), [1, 1, 0])
    assert.match(message, /^the reducer breaks a law: merge\(a, b\) gives merge\(b, a\); one gives \d, the other \d, where a reduces \[\d\], b \[\d\] and c \[\] \(seed 1\)\. /)
  })

  test('finds that adding floating-point numbers depends on the order', () => {
    assert.ok(counterexample(total({}), [0.1, 0.2, 0.3]).groups.flat().length >= 3)
  })

  test('finds a merge that is not associative', () => {
    const halved = total({ create: () => null, merge: (a, b) => a === null ? b : b === null ? a : (a + b) / 2, add: (sum, item) => sum === null ? item : (sum + item) / 2 })
    assert.equal(counterexample(halved).law, 'merge(merge(a, b), c) gives merge(a, merge(b, c))')
  })

  test('finds an add that is not a merge', () => {
    const { law, groups } = counterexample(total({ add: (sum, item) => sum + item + (sum > 1 ? 1 : 0) }))
    assert.equal(law, 'adding the items of b to a gives merge(a, b)')
    assert.ok(groups.flat().length <= 3)
  })

  test('finds a sum that cannot be stored, or comes back as something else', () => {
    class Total { value = 0 }
    const add = (sum: Total, item: number) => Object.assign(sum, { value: sum.value + item })
    const inClass = total({ create: () => new Total(), add, merge: (a, b) => add(a, b.value), extract: sum => sum.value })
    assert.match(counterexample(inClass).message, /it throws CodecError: an instance of class Total cannot be stored/)
    const withoutPrototype = total({ create: () => Object.create(null), add: (sum, item) => Object.assign(sum, { [item]: 1 }),
      merge: (a, b) => Object.assign(a, b), extract: sum => [1, 2, 3, 'constructor'].filter(key => sum[key] !== undefined) })
    assert.match(counterexample(withoutPrototype).law, /stored and read back/)
  })

  test('finds a merge that keeps its second argument and changes it later', () => {
    const list = total({ create: () => [], add: (sum, item) => (sum.push(item), sum), extract: sum => sum.toSorted(), merge: (a, b) => a.length ? a.concat(b) : b })
    const { law, groups } = counterexample(list)
    assert.match(law, /^merge\(a, b\) leaves b as it was/)
    assert.deepEqual(groups.map(group => group.length), [0, 0, 1])
  })

  test('finds an extract that changes the sum', () => {
    const emptied = total({ create: () => [], add: (sum, item) => [...sum, item], merge: (a, b) => [...a, ...b], extract: sum => sum.splice(0).toSorted() })
    assert.equal(counterexample(emptied).law, 'extract(a) leaves a as it was')
  })

  test('takes a rounding difference for none when told to', () => {
    checkReducer(total({}), { items: [0.1, 0.2, 0.3], equal: (a, b) => Math.abs(a - b) < 1e-9 })
  })

  test('finds the same for the same seed', () => {
    const messages = [1, 1, 2].map(seed => counterexample(total({}), [0.1, 0.2, 0.3, 0.7], seed).message)
    assert.equal(messages[0], messages[1])
    assert.notEqual(messages[0], messages[2])
  })

  test('refuses to draw from nothing', () => {
    assert.throws(() => checkReducer(count(), { items: [] }), { code: 'OPTION' })
  })
})
