import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineBreakCounter } from '../../../src/sources/counting/line-breaks.ts'

const bytesMax = 300

void test('counts what a loop over the bytes counts, whatever was counted before', () => {
  const counter = new LineBreakCounter(bytesMax)
  const bytes = fc.uint8Array({ min: 9, max: 11, maxLength: bytesMax })
  fc.assert(fc.property(bytes, fc.nat(bytesMax), (given, share) => {
    const counted = Math.min(share, given.length)
    counter.memory.set(given)
    assert.equal(counter.count(counted), given.subarray(0, counted).filter(byte => byte === 10).length)
  }), { numRuns: 500 })
})

void test('counts more than 32 line breaks in each 64 bytes', () => {
  const counter = new LineBreakCounter(bytesMax)
  counter.memory.fill('\n')
  assert.equal(counter.count(bytesMax), bytesMax)
})

void test('counts without WebAssembly, as with node --jitless', context => {
  const found = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')!
  context.after(() => Object.defineProperty(globalThis, 'WebAssembly', found))
  Reflect.deleteProperty(globalThis, 'WebAssembly')
  const counter = new LineBreakCounter(bytesMax)
  counter.memory.write('a\nb\nc\n')
  assert.equal(counter.count(4), 2)
})
