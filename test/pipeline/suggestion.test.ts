import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestTo } from '../../src/pipeline/suggestion.ts'

const words = ['attempts', 'concurrency', 'timeout', 'to']

test('the nearest word is found: a letter lost, added, changed or swapped, or another case', () => {
  for (const word of ['concurency', 'concurrencyy', 'cuncurrency', 'cocnurrency', 'Concurrency']) assert.equal(nearestTo(word, words), 'concurrency')
  assert.equal(nearestTo('timeuot', words), 'timeout')
})

test('of two the nearer is taken', () => {
  assert.equal(nearestTo('delayy', ['relay', 'delay']), 'delay')
})

test('a word too far from all is no suggestion', () => {
  assert.equal(nearestTo('zebra', words), undefined)
  assert.equal(nearestTo('', words), undefined)
  assert.equal(nearestTo('retries', words), undefined)
})
