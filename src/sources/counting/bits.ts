// What is true of each of 64 bytes, as the bits of one number: the next one is found by counting zeros, without looking at the bytes between.
import type { Code, Variable } from '../webassembly/code.ts'
import { i64, i8x16, v128 } from '../webassembly/operators.ts'

export function bitsWhere(isFound: (bytes: Code<'v128'>) => Code<'v128'>, at: Variable<'i32'>): Code<'i64'> {
  const bits = (offset: number) => i64.shl(i64.extend_i32_u(i8x16.bitmask(isFound(v128.load(at, offset)))), offset)
  return i64.or(i64.or(bits(0), bits(16)), i64.or(bits(32), bits(48)))
}
