import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OptionError } from '../../src/model/errors.ts'
import { RetryLater } from '../../src/model/retry-later.ts'
import { bytesOf, checkTolerance, exceeds, millisecondsOf, shareOf, type Duration, type Size, type Tolerance } from '../../src/model/values.ts'

test('durations and sizes are read with their units', () => {
  const durations = { '0ms': 0, '500ms': 500, '1.5s': 1_500, '30s': 30_000, '5m': 300_000, '2h': 7_200_000, '7d': 604_800_000, '007s': 7_000 }
  for (const [text, expected] of Object.entries(durations)) assert.equal(millisecondsOf(text as Duration, 'timeout'), expected)
  const sizes = { '512B': 512, '64KB': 64_000, '1.5MB': 1_500_000, '4GB': 4_000_000_000 }
  for (const [text, expected] of Object.entries(sizes)) assert.equal(bytesOf(text as Size, 'memory'), expected)
  assert.equal(shareOf('50%', 'share'), 0.5)
})

test('whole amounts of every unit are exact', () => {
  fc.assert(fc.property(fc.nat(100_000), amount => {
    assert.equal(millisecondsOf(`${amount}h`, 'timeout'), amount * 3_600_000)
    assert.equal(bytesOf(`${amount}GB`, 'memory'), amount * 1_000_000_000)
  }))
})

const noQuantities = ['', '5', 's', '5 s', ' 5s', '5s ', '-5s', '+5s', '.5s', '5.s', '1e3s', '5S', '5w', '5sm', '5s\n', '0x5s', 'NaNs', '5constructor', `${'9'.repeat(400)}d`]

test('anything else is refused with the setting, the value and what was expected', () => {
  for (const text of noQuantities) {
    assert.throws(() => millisecondsOf(text as Duration, 'timeout'), (error: unknown) => error instanceof OptionError
      && error.code === 'OPTION' && error.option === 'timeout' && error.value === text
      && error.message === `timeout is '${text}', but must be a duration such as '500ms', '30s', '5m', '2h' or '7d'`)
  }
  assert.throws(() => bytesOf('5kb' as Size, 'memory'), { message: "memory is '5kb', but must be a size such as '512B', '64KB', '100MB' or '4GB'" })
  assert.throws(() => shareOf('5', 'spillAbove'), { message: "spillAbove is '5', but must be a share such as '0.1%' or '50%'" })
})

test('a tolerance is a count or a share', () => {
  for (const tolerance of [0, 3, Infinity, '0%', '0.1%', '100%'] as const) assert.equal(checkTolerance(tolerance, 'tolerate'), tolerance)
  const expected = "a count from 0, or a share such as '2%'"
  assert.throws(() => checkTolerance(-1, 'tolerate'), { name: 'OptionError', message: `tolerate is -1, but must be ${expected}` })
  assert.throws(() => checkTolerance(NaN, 'tolerate'), { name: 'OptionError', message: `tolerate is NaN, but must be ${expected}` })
  assert.throws(() => checkTolerance('2' as '2%', 'tolerate'), { message: "tolerate is '2', but must be a share such as '0.1%' or '50%'" })
})

test('a count is exceeded by one more', () => {
  assert.deepEqual([2, 3, 4].map(failed => exceeds(3, failed, 10)), [false, false, true])
  assert.deepEqual([0, 1].map(failed => exceeds(0, failed, 10)), [false, true])
})

test('exactly the share that is tolerated is tolerated, and one more is not', () => {
  assert.equal(exceeds('29%', 29, 100), false)
  assert.equal(exceeds('0.57%', 57, 10_000), false)
  const parts = fc.record({ hundredths: fc.nat(10_000), times: fc.integer({ min: 1, max: 100_000 }) })
  fc.assert(fc.property(parts, ({ hundredths, times }) => {
    const share = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}%` as Tolerance
    assert.equal(exceeds(share, hundredths * times, 10_000 * times), false)
    assert.equal(exceeds(share, hundredths * times + 1, 10_000 * times), true)
  }))
})

test('of nothing at all, no failures are no excess', () => {
  for (const tolerance of [0, '0%', '5%'] as const) assert.equal(exceeds(tolerance, 0, 0), false)
})

test('a share that cannot be read is refused, not compared', () => {
  assert.throws(() => exceeds('a%' as Tolerance, 1, 2), OptionError)
})

test('RetryLater says when, and refuses what is no duration', () => {
  const cause = new Error('429')
  const error = new RetryLater('busy', { after: '1.5m', cause })
  assert.deepEqual([error.name, error.code, error.message, error.afterMs, error.cause], ['RetryLater', 'RETRY_LATER', 'busy', 90_000, cause])
  assert.equal(Object.hasOwn(new RetryLater('busy', { after: '0s' }), 'cause'), false)
  assert.throws(() => new RetryLater('busy', { after: 'soon' as Duration }), { message: "RetryLater: after is 'soon', but must be a duration such as '500ms', '30s', '5m', '2h' or '7d'" })
})
