// The table of keys and their numbers as WebAssembly: 16 bytes are hashed and compared at once. docs/decisions/0017-byte-scanners.md
import { lineFeed } from '../records.ts'
import { block, branch, branchIf, giveBack, loop, valueOf, when, type Code, type Operand, type Statement, type Variable } from '../webassembly/code.ts'
import type { Call, ModuleBuilder } from '../webassembly/module.ts'
import { f64, i32, i64, i64x2, i8x16, v128 } from '../webassembly/operators.ts'
import {
  arenaAt, arenaBytesMax, entriesAt, entryBytes, inputAt, keysMax, lengthOffset, linesAt, placeOffset, shortKeyBytes, slotCount, slotsAt, timesOffset,
} from './layout.ts'

/** `add(start, length, at)` counts the bytes at `start`, in the line of what is at `at`; 0, and not counted, where the table is full. */
export type Add = Call<readonly ['i32', 'i32', 'i32'], 'i32'>

/** Odd, with bits as if thrown by dice: 2^64 over the golden ratio, and a prime of xxHash. */
export const [mixerLow, mixerHigh] = [-7046029254386353131n, -4417276706812531889n]

export function writeTable(module: ModuleBuilder): Add {
  const arenaEnd = module.variable('i32', arenaAt, 'arenaEnd')
  const keys = module.variable('i32', 0, 'keys')
  const lineAt = writeLineAt(module)
  const insert = writeInsert(module, { arenaEnd, keys, lineAt })
  return writeAdd(module, insert, writeIsAt(module))
}

/** The number of the line at `at`: line breaks are counted from where it was asked for last, so `at` never goes back. */
function writeLineAt(module: ModuleBuilder): Call<readonly ['i32'], 'f64'> {
  const line = module.variable('f64', 1, 'line')
  const counted = module.variable('i32', inputAt, 'counted')
  return module.function(['i32'], 'f64', (local, at) => {
    const breaks = local('i32')
    const found = i8x16.bitmask(i8x16.eq(v128.load(counted), i8x16.splat(lineFeed)))
    return [
      block(done => [loop(again => [
        branchIf(done, i32.gt_u(i32.add(counted, 16), at)),
        breaks.set(i32.add(breaks, i32.popcnt(found))),
        counted.set(i32.add(counted, 16)),
        branch(again),
      ])]),
      breaks.set(i32.add(breaks, i32.popcnt(i32.and(found, i32.sub(i32.shl(1, i32.sub(at, counted)), 1))))),
      counted.set(at),
      line.set(f64.add(line, f64.convert_i32_u(breaks))),
      line,
    ]
  }, 'lineAt')
}

interface InsertNeeds {
  readonly arenaEnd: Variable<'i32'>
  readonly keys: Variable<'i32'>
  readonly lineAt: Call<readonly ['i32'], 'f64'>
}

type Insert = Call<readonly ['i32', 'i64', 'i64', 'i32', 'i32', 'i32'], 'i32'>

function writeInsert(module: ModuleBuilder, { arenaEnd, keys, lineAt }: InsertNeeds): Insert {
  return module.function(['i32', 'i64', 'i64', 'i32', 'i32', 'i32'], 'i32', (local, free, low, high, start, length, at) => {
    const [end, copied, entry] = [local('i32'), local('i32'), local('i32')]
    return [
      end.set(i32.add(i32.add(arenaEnd, length), 1)),
      when(i32.eq(keys, keysMax), [giveBack(valueOf('i32', 0))]),
      // Only a first key can be longer than the arena: nothing is lost.
      when(i32.and(i32.gt_u(end, arenaAt + arenaBytesMax), i32.ne(keys, 0)), [giveBack(valueOf('i32', 0))]),
      // May write over what is behind the end, where nothing is yet.
      loop(again => [
        v128.store(i32.add(arenaEnd, copied), v128.load(i32.add(start, copied))),
        copied.set(i32.add(copied, 16)),
        branchIf(again, i32.lt_u(copied, length)),
      ]),
      i32.store8(i32.add(arenaEnd, length), lineFeed),
      entry.set(i32.add(i32.shl(keys, Math.log2(entryBytes)), entriesAt)),
      i64.store(entry, low),
      i64.store(entry, high, 8),
      i32.store(entry, arenaEnd, placeOffset),
      i32.store(entry, length, lengthOffset),
      i32.store(entry, 1, timesOffset),
      i32.store(free, entry),
      f64.store(i32.shl(keys, 3), lineAt(at), linesAt),
      keys.set(i32.add(keys, 1)),
      arenaEnd.set(end),
      valueOf('i32', 1),
    ]
  })
}

function writeAdd(module: ModuleBuilder, insert: Insert, isAt: IsAt): Add {
  return module.function(['i32', 'i32', 'i32'], 'i32', (local, start, length, at) => {
    const [low, high, slot, entry, bytes] = [local('i64'), local('i64'), local('i32'), local('i32'), local('v128')]
    const isShort = i32.le_u(length, shortKeyBytes)
    const isEqual = i32.and(i32.and(i64.eq(i64.load(entry), low), i64.eq(i64.load(entry, 8), high)), i32.eq(i32.load(entry, lengthOffset), length))
    return [
      when(isShort, [
        bytes.set(firstBytes(v128.load(start), length)),
        low.set(i64x2.extract_lane(bytes, 0)),
        high.set(i64x2.extract_lane(bytes, 1)),
      ], hashLong({ start, length, low, high, rest: slot, bytes })),
      slot.set(slotFor(low, high)),
      block(absent => [loop(again => [
        entry.set(i32.load(slot)),
        branchIf(absent, i32.eqz(entry)),
        when(isEqual, [
          when(isShort, [count(entry)]),
          when(isAt(i32.load(entry, placeOffset), start, length), [count(entry)]),
        ]),
        slot.set(i32.add(i32.and(i32.add(slot, 4 - slotsAt), slotCount * 4 - 1), slotsAt)),
        branch(again),
      ])]),
      insert(slot, low, high, start, length, at),
    ]
  })
}

function count(entry: Variable<'i32'>): Statement {
  return block(() => [i32.store(entry, i32.add(i32.load(entry, timesOffset), 1), timesOffset), giveBack(valueOf('i32', 1))])
}

interface LongKey {
  readonly start: Variable<'i32'>
  readonly length: Variable<'i32'>
  readonly low: Variable<'i64'>
  readonly high: Variable<'i64'>
  /** Free to be used. */
  readonly rest: Variable<'i32'>
  readonly bytes: Variable<'v128'>
}

/** 16 bytes a turn, the last of which may be fewer. */
function hashLong({ start, length, low, high, rest, bytes }: LongKey): readonly Statement[] {
  const at = i32.sub(i32.add(start, length), rest)
  return [
    rest.set(length),
    loop(again => [
      bytes.set(v128.load(at)),
      when(i32.lt_u(rest, 16), [bytes.set(firstBytes(bytes, rest))]),
      low.set(i64.mul(i64.xor(i64.rotl(low, 31), i64x2.extract_lane(bytes, 0)), mixerLow)),
      high.set(i64.mul(i64.xor(i64.rotl(high, 29), i64x2.extract_lane(bytes, 1)), mixerHigh)),
      when(i32.gt_u(rest, 16), [rest.set(i32.sub(rest, 16)), branch(again)]),
    ]),
  ]
}

type IsAt = Call<readonly ['i32', 'i32', 'i32'], 'i32'>

/** Whether the arena has these bytes at `place`, where a key of this length is. */
function writeIsAt(module: ModuleBuilder): IsAt {
  return module.function(['i32', 'i32', 'i32'], 'i32', (_local, place, start, rest) => {
    const differs = (equal: Code<'v128'>) => i32.eqz(i8x16.all_true(equal))
    const equal = i8x16.eq(v128.load(place), v128.load(start))
    return [
      block(last => [loop(again => [
        branchIf(last, i32.le_u(rest, 16)),
        when(differs(equal), [giveBack(valueOf('i32', 0))]),
        place.set(i32.add(place, 16)),
        start.set(i32.add(start, 16)),
        rest.set(i32.sub(rest, 16)),
        branch(again),
      ])]),
      i32.eq(i32.and(i8x16.bitmask(equal), i32.sub(i32.shl(1, rest), 1)), i32.sub(i32.shl(1, rest), 1)),
    ]
  })
}

/** The first `length` bytes, at most 16; zeros behind them. */
function firstBytes(bytes: Code<'v128'>, length: Operand<'i32'>): Code<'v128'> {
  return v128.and(bytes, i8x16.lt_s(v128.bytes(lane => lane), i8x16.splat(length)))
}

/** The upper bits of a product depend on all bits of the key. */
function slotFor(low: Variable<'i64'>, high: Variable<'i64'>): Code<'i32'> {
  const mixed = i64.mul(i64.xor(low, i64.rotl(i64.mul(high, mixerHigh), 32)), mixerLow)
  const index = i64.shr_u(mixed, 64 - Math.log2(slotCount))
  return i32.add(i32.shl(i32.wrap_i64(index), 2), slotsAt)
}
