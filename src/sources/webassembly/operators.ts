// The operators that are used, under WebAssembly's names, with their opcodes.
// https://webassembly.github.io/spec/core/appendix/index-instructions.html
import { code, valueOf, type Code, type Operand, type Statement, type ValueType } from './code.ts'
import { unsignedBytes } from './encoding.ts'

export const i32 = {
  ...arithmetic('i32', { add: 0x6a, sub: 0x6b, and: 0x71, or: 0x72, shl: 0x74, shr_u: 0x76 }),
  ...comparison('i32', { eq: 0x46, ne: 0x47, lt_u: 0x49, gt_u: 0x4b, le_u: 0x4d, ge_u: 0x4f }),
  popcnt: unary('i32', 'i32', [0x69]), eqz: unary('i32', 'i32', [0x45]), wrap_i64: unary('i64', 'i32', [0xa7]),
  load: load('i32', [0x28]), store: store('i32', [0x36]), load8_u: load('i32', [0x2d]), store8: store('i32', [0x3a]),
}

export const i64 = {
  ...arithmetic('i64', { add: 0x7c, sub: 0x7d, mul: 0x7e, and: 0x83, or: 0x84, xor: 0x85, shl: 0x86, shr_u: 0x88, rotl: 0x89 }),
  ...comparison('i64', { eq: 0x51, ne: 0x52 }),
  ctz: unary('i64', 'i64', [0x7a]), popcnt: unary('i64', 'i64', [0x7b]), eqz: unary('i64', 'i32', [0x50]), extend_i32_u: unary('i32', 'i64', [0xad]),
  load: load('i64', [0x29]), store: store('i64', [0x37]),
}

export const f64 = { ...arithmetic('f64', { add: 0xa0 }), convert_i32_u: unary('i32', 'f64', [0xb8]), store: store('f64', [0x39]) }

/** 16 bytes at once. Comparisons give bytes of all ones or all zeros. */
export const v128 = { and: vectors(0x4e), or: vectors(0x50), load: load('v128', [0xfd, 0x00]), store: store('v128', [0xfd, 0x0b]), bytes: vectorOf }

export const i8x16 = {
  eq: vectors(0x23), lt_s: vectors(0x25), lt_u: vectors(0x26), sub: vectors(0x71),
  splat: unary('i32', 'v128', [0xfd, 0x0f]), all_true: unary('v128', 'i32', [0xfd, 0x63]), bitmask: unary('v128', 'i32', [0xfd, 0x64]),
}

export const i64x2 = {
  extract_lane: (value: Code<'v128'>, lane: 0 | 1) => code('i64', [value], [0xfd, 0x1d, lane]),
}

type Binary<Type extends ValueType, Result extends ValueType> = (left: Operand<Type>, right: Operand<Type>) => Code<Result>

function arithmetic<Type extends ValueType, Name extends string>(type: Type, opcodes: Readonly<Record<Name, number>>): Readonly<Record<Name, Binary<Type, Type>>> {
  return binaries(type, type, opcodes)
}

function comparison<Type extends ValueType, Name extends string>(type: Type, opcodes: Readonly<Record<Name, number>>): Readonly<Record<Name, Binary<Type, 'i32'>>> {
  return binaries(type, 'i32', opcodes)
}

function binaries<Type extends ValueType, Result extends ValueType, Name extends string>(
  type: Type, result: Result, opcodes: Readonly<Record<Name, number>>,
): Readonly<Record<Name, Binary<Type, Result>>> {
  const made = Object.entries<number>(opcodes).map(([name, opcode]) => [name, binary(type, result, [opcode])])
  return Object.fromEntries(made) as Record<Name, Binary<Type, Result>>
}

function binary<Type extends ValueType, Result extends ValueType>(type: Type, result: Result, opcode: readonly number[]): Binary<Type, Result> {
  return (left, right) => code(result, [valueOf(type, left), valueOf(type, right)], opcode)
}

function vectors(opcode: number): Binary<'v128', 'v128'> {
  return binary('v128', 'v128', [0xfd, ...unsignedBytes(opcode)])
}

function unary<Type extends ValueType, Result extends ValueType>(type: Type, result: Result, opcode: readonly number[]): (value: Operand<Type>) => Code<Result> {
  return value => code(result, [valueOf(type, value)], opcode)
}

/** `offset` is added to the address. Alignment is a hint, and never given. */
function load<Type extends ValueType>(type: Type, opcode: readonly number[]): (address: Operand<'i32'>, offset?: number) => Code<Type> {
  return (address, offset = 0) => code(type, [valueOf('i32', address)], [...opcode, 0, ...unsignedBytes(offset)])
}

function store<Type extends ValueType>(type: Type, opcode: readonly number[]): (address: Operand<'i32'>, value: Operand<Type>, offset?: number) => Statement {
  return (address, value, offset = 0) => code('nothing', [valueOf('i32', address), valueOf(type, value)], [...opcode, 0, ...unsignedBytes(offset)])
}

function vectorOf(byteAt: (lane: number) => number): Code<'v128'> {
  return code('v128', [], [0xfd, 0x0c, ...Array.from({ length: 16 }, (_, lane) => byteAt(lane))])
}
