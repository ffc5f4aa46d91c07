import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { block, branch, branchIf, giveBack, loop, valueOf, when, type Code, type Label, type Statement } from '../../../src/sources/webassembly/code.ts'
import { instantiate, ModuleBuilder, type ExportedVariable } from '../../../src/sources/webassembly/module.ts'
import { f64, i32, i64, i64x2, i8x16, v128 } from '../../../src/sources/webassembly/operators.ts'

/** Two 32-bit numbers in, one out: widened and narrowed where the operator is of another type. */
function computing(body: (left: Code<'i32'>, right: Code<'i32'>) => Code<'i32'>): (left: number, right: number) => number {
  const module = new ModuleBuilder(1)
  module.function(['i32', 'i32'], 'i32', (_local, left, right) => [body(left, right)], 'compute')
  return instantiate<{ readonly compute: (left: number, right: number) => number }>(module.compile()).compute
}

/** Operators with what JavaScript says they give, as 32-bit numbers. */
const operators: readonly (readonly [name: string, body: (left: Code<'i32'>, right: Code<'i32'>) => Code<'i32'>, expected: (left: number, right: number) => number | bigint | boolean])[] = [
  ['i32.add', i32.add, (left, right) => left + right],
  ['i32.sub', i32.sub, (left, right) => left - right],
  ['i32.and', i32.and, (left, right) => left & right],
  ['i32.or', i32.or, (left, right) => left | right],
  ['i32.shl', i32.shl, (left, right) => left << right],
  ['i32.shr_u', i32.shr_u, (left, right) => left >>> right],
  ['i32.eq', i32.eq, (left, right) => left === right],
  ['i32.ne', i32.ne, (left, right) => left !== right],
  ['i32.lt_u', i32.lt_u, (left, right) => left >>> 0 < right >>> 0],
  ['i32.gt_u', i32.gt_u, (left, right) => left >>> 0 > right >>> 0],
  ['i32.le_u', i32.le_u, (left, right) => left >>> 0 <= right >>> 0],
  ['i32.ge_u', i32.ge_u, (left, right) => left >>> 0 >= right >>> 0],
  ['i32.eqz', left => i32.eqz(left), left => left === 0],
  ['i32.popcnt', left => i32.popcnt(left), left => (left >>> 0).toString(2).replaceAll('0', '').length],
  ['i64.add', widened(i64.add), (left, right) => wide(left) + wide(right)],
  ['i64.sub', widened(i64.sub), (left, right) => wide(left) - wide(right)],
  ['i64.mul', widened(i64.mul), (left, right) => wide(left) * wide(right)],
  ['i64.and', widened(i64.and), (left, right) => wide(left) & wide(right)],
  ['i64.or', widened(i64.or), (left, right) => wide(left) | wide(right)],
  ['i64.xor', widened(i64.xor), (left, right) => wide(left) ^ wide(right)],
  ['i64.shl', widened(i64.shl), (left, right) => wide(left) << (wide(right) % 64n)],
  ['i64.shr_u', widened(i64.shr_u), (left, right) => wide(left) >> (wide(right) % 64n)],
  ['i64.rotl', widened(i64.rotl), (left, right) => (wide(left) << (wide(right) % 64n)) | (wide(left) >> (64n - (wide(right) % 64n)))],
  ['i64.eq', (left, right) => i64.eq(i64.extend_i32_u(left), i64.extend_i32_u(right)), (left, right) => left === right],
  ['i64.ne', (left, right) => i64.ne(i64.extend_i32_u(left), i64.extend_i32_u(right)), (left, right) => left !== right],
  ['i64.eqz', left => i64.eqz(i64.extend_i32_u(left)), left => left === 0],
  ['i64.ctz', left => i32.wrap_i64(i64.ctz(i64.extend_i32_u(left))), left => (left === 0 ? 64 : (left >>> 0).toString(2).length - 1 - (left >>> 0).toString(2).lastIndexOf('1'))],
]

function widened(operator: (left: Code<'i64'>, right: Code<'i64'>) => Code<'i64'>): (left: Code<'i32'>, right: Code<'i32'>) => Code<'i32'> {
  return (left, right) => i32.wrap_i64(operator(i64.extend_i32_u(left), i64.extend_i32_u(right)))
}

function wide(value: number): bigint {
  return BigInt(value >>> 0)
}

const number = fc.oneof(fc.integer(), fc.integer({ min: -3, max: 66 }))

for (const [name, body, expected] of operators) {
  test(`${name} computes what JavaScript does`, () => {
    const compute = computing(body)
    fc.assert(fc.property(number, fc.oneof(number, fc.constant(undefined)), (left, other) => {
      const right = other ?? left
      assert.equal(compute(left, right), Number(BigInt.asIntN(32, BigInt(expected(left, right)))))
    }))
  })
}

/** A memory, and a function that takes addresses of 16 bytes in it. */
function vectorComputing(body: (left: Code<'v128'>, right: Code<'v128'>) => Code<'v128'>): (left: readonly number[], right: readonly number[]) => readonly number[] {
  const module = new ModuleBuilder(48)
  module.function(['i32', 'i32', 'i32'], 'i32', (_local, left, right, result) => [v128.store(result, body(v128.load(left), v128.load(right))), result], 'compute')
  const { memory, compute } = instantiate<{ readonly compute: (left: number, right: number, result: number) => number }>(module.compile())
  return (left, right) => {
    const bytes = new Uint8Array(memory.buffer)
    bytes.set([...left, ...right])
    return [...bytes.subarray(compute(0, 16, 32), 48)]
  }
}

const vectorOperators: readonly (readonly [name: string, body: (left: Code<'v128'>, right: Code<'v128'>) => Code<'v128'>, expected: (left: number, right: number, lane: number) => number])[] = [
  ['v128.and', v128.and, (left, right) => left & right],
  ['v128.or', v128.or, (left, right) => left | right],
  ['v128.bytes', () => v128.bytes(lane => 3 * lane), (_left, _right, lane) => 3 * lane],
  ['i8x16.eq', i8x16.eq, (left, right) => (left === right ? 255 : 0)],
  ['i8x16.lt_u', i8x16.lt_u, (left, right) => (left < right ? 255 : 0)],
  ['i8x16.lt_s', i8x16.lt_s, (left, right) => ((left << 24) < (right << 24) ? 255 : 0)],
  ['i8x16.sub', i8x16.sub, (left, right) => (left - right) & 255],
  ['i8x16.splat', () => i8x16.splat(0x1ab), () => 0xab],
]
const vector = fc.array(fc.constantFrom<number[]>(0, 1, 2, 127, 128, 254, 255), { minLength: 16, maxLength: 16 })

for (const [name, body, expected] of vectorOperators) {
  test(`${name} computes byte by byte what JavaScript does`, () => {
    const compute = vectorComputing(body)
    fc.assert(fc.property(vector, vector, (left, right) => {
      assert.deepEqual(compute(left, right), left.map((byte, lane) => expected(byte, right[lane]!, lane)))
    }))
  })
}

test('vectors become numbers: the highest bit of each byte, whether all are set, and their halves', () => {
  const results = (body: (bytes: Code<'v128'>) => Code<'i64'>) => {
    const module = new ModuleBuilder(16)
    module.function(['i32'], 'i64', (_local, at) => [body(v128.load(at))], 'compute')
    const { memory, compute } = instantiate<{ readonly compute: (at: number) => bigint }>(module.compile())
    return (bytes: readonly number[]) => {
      new Uint8Array(memory.buffer).set(bytes)
      return BigInt.asUintN(64, compute(0))
    }
  }
  const [bits, all, low, high] = [
    results(bytes => i64.extend_i32_u(i8x16.bitmask(bytes))), results(bytes => i64.extend_i32_u(i8x16.all_true(bytes))),
    results(bytes => i64x2.extract_lane(bytes, 0)), results(bytes => i64x2.extract_lane(bytes, 1)),
  ]
  fc.assert(fc.property(vector, bytes => {
    const half = (from: number) => Buffer.from(bytes).readBigUInt64LE(from)
    assert.deepEqual([bits(bytes), all(bytes), low(bytes), high(bytes)], [
      BigInt(bytes.reduce((sum, byte, lane) => sum + (byte >= 128 ? 2 ** lane : 0), 0)), BigInt(bytes.every(byte => byte !== 0)), half(0), half(8),
    ])
  }))
})

test('loops, blocks and conditions go where their labels say; locals, variables of the module and calls keep apart', () => {
  const module = new ModuleBuilder(1)
  const calls = module.variable('i32', 0, 'calls')
  const isOdd = module.function(['i32'], 'i32', (_local, value) => [calls.set(i32.add(calls, 1)), i32.and(value, 1)])
  // The sum of the odd numbers below `end`, but none past 100.
  module.function(['i32'], 'i32', (local, end) => {
    const [at, sum] = [local('i32'), local('i32')]
    return [
      when(i32.eqz(end), [giveBack(valueOf('i32', -1))]),
      block(done => [loop(again => [
        branchIf(done, i32.ge_u(at, end)),
        block(skipped => [
          when(i32.gt_u(at, 100), [branch(done)], [branchIf(skipped, i32.eqz(isOdd(at)))]),
          sum.set(i32.add(sum, at)),
        ]),
        at.set(i32.add(at, 1)),
        branch(again),
      ])]),
      sum,
    ]
  }, 'sumOfOdd')
  const { sumOfOdd, calls: called } = instantiate<{ readonly sumOfOdd: (end: number) => number; readonly calls: ExportedVariable }>(module.compile())
  assert.deepEqual([0, 1, 10, 1000].map(sumOfOdd), [-1, 0, 25, 2500])
  assert.equal(called.value, 0 + 1 + 10 + 101)
})

test('memory takes numbers of each type at address and offset', () => {
  const module = new ModuleBuilder(64)
  module.function(['i32'], 'f64', (_local, at) => [
    i32.store(at, -2), i64.store(at, -3n, 8), f64.store(at, 1.5, 16), i32.store8(at, 0x1ff, 24), i32.store(at, i32.add(i32.load(at), i32.load8_u(at, 24)), 28),
    i64.store(at, i64.load(at, 8), 32), f64.add(f64.convert_i32_u(-1), 0.5),
  ], 'fill')
  const { memory, fill } = instantiate<{ readonly fill: (at: number) => number }>(module.compile())
  assert.equal(fill(8), 2 ** 32 - 0.5)
  const view = new DataView(memory.buffer, 8)
  assert.deepEqual([view.getInt32(0, true), view.getBigInt64(8, true), view.getFloat64(16, true), view.getInt32(24, true), view.getInt32(28, true), view.getBigInt64(32, true)], [-2, -3n, 1.5, 255, 253, -3n])
})

test('a branch to a label that is not around it is refused', () => {
  let inner: Label | undefined
  const module = new ModuleBuilder(1)
  const body = (): readonly [Statement, Statement, Code<'i32'>] => [block(label => { inner = label; return [] }), branch(inner!), valueOf('i32', 0)]
  assert.throws(() => module.function([], 'i32', () => body()), /A branch goes to a label that is not around it/)
})
