import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { floatBytes, signedBytes, textBytes, unsignedBytes } from '../../../src/sources/webassembly/encoding.ts'

/** What the bytes mean, from the last to the first. */
function decoded(bytes: readonly number[]): bigint {
  return bytes.reduceRight((value, byte) => (value << 7n) | BigInt(byte & 127), 0n)
}

function isOneNumber(bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => byte >= 128 === index < bytes.length - 1)
}

test('integers are in groups of seven bits, as few as hold them', () => {
  assert.deepEqual([0, 127, 128, 624_485].map(unsignedBytes), [[0], [127], [128, 1], [0xe5, 0x8e, 0x26]])
  assert.deepEqual([0n, 63n, 64n, -1n, -64n, -65n, -123_456n].map(signedBytes), [[0], [63], [192, 0], [127], [64], [191, 127], [0xc0, 0xbb, 0x78]])
  fc.assert(fc.property(fc.nat(), value => isOneNumber(unsignedBytes(value)) && decoded(unsignedBytes(value)) === BigInt(value)))
  fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), value => {
    const bytes = signedBytes(value)
    return isOneNumber(bytes) && BigInt.asIntN(7 * bytes.length, decoded(bytes)) === value
  }))
})

test('floating-point numbers are eight bytes, texts a length and UTF-8', () => {
  assert.deepEqual(floatBytes(1), [0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
  assert.deepEqual(textBytes('né'), [3, 0x6e, 0xc3, 0xa9])
})
