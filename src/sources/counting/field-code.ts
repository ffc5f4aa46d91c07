// Finds the asked-for fields of lines among 64 bytes at once and counts them. Behind the last of them only line breaks are looked at.
import { carriageReturn, lineFeed } from '../records.ts'
import { block, branch, branchIf, giveBack, loop, when, type Code, type Operand, type Statement, type Variable } from '../webassembly/code.ts'
import type { ModuleBuilder } from '../webassembly/module.ts'
import { i32, i64, i8x16, v128 } from '../webassembly/operators.ts'
import { bitsWhere } from './bits.ts'
import { joinedAt, scannedBytes, wantedAt } from './layout.ts'
import type { Add } from './table-code.ts'

/**
 * `countFields(start, end, separator, wantedEnd)`: counts whole lines from `start` on, and says how far it came: to `end`; to the line for which the
 * table was too full; or, as the complement, to a line with too few fields. A line break lies at `end`.
 */
export function writeCountFields(module: ModuleBuilder, add: Add): void {
  module.function(['i32', 'i32', 'i32', 'i32'], 'i32', (local, start, end, separator, wantedEnd) => {
    const [breaks, marks, ahead, at, isBreak] = [local('i64'), local('i64'), local('i64'), local('i32'), local('i32')]
    const line: Line = {
      start: local('i32'), field: local('i32'), fieldStart: local('i32'), fieldEnd: local('i32'),
      wanted: local('i32'), wantedEnd, separator, key: local('i32'), keyEnd: local('i32'),
    }
    return [
      ...beginLine(line, start),
      block(done => [loop(scan => [
        branchIf(done, i32.gt_u(start, end)),
        breaks.set(bitsWhere(equalTo(lineFeed), start)),
        marks.set(i64.or(breaks, bitsWhere(equalTo(separator), start))),
        ahead.set(marks),
        when(isComplete(line), [ahead.set(breaks)]),
        block(scanned => [loop(next => [
          branchIf(scanned, i64.eqz(ahead)),
          at.set(i32.add(start, i32.wrap_i64(i64.ctz(ahead)))),
          isBreak.set(i32.eq(i32.load8_u(at), lineFeed)),
          ahead.set(i64.and(ahead, i64.sub(ahead, 1))),
          when(i32.eqz(isComplete(line)), [
            ...endField(line, at, isBreak, add),
            when(isComplete(line), [ahead.set(i64.and(ahead, breaks))]),
          ]),
          when(isBreak, [
            ...beginLine(line, i32.add(at, 1)),
            ahead.set(i64.and(marks, i64.shl(-2, i64.extend_i32_u(i32.sub(at, start))))),
          ]),
          branch(next),
        ])]),
        start.set(i32.add(start, scannedBytes)),
        branch(scan),
      ])]),
      end,
    ]
  }, 'countFields')
}

/** How far the fields of a line are known. Those asked for are numbers from `wanted` to `wantedEnd` in memory; the key is what was taken of them. */
interface Line {
  readonly start: Variable<'i32'>
  readonly field: Variable<'i32'>
  readonly fieldStart: Variable<'i32'>
  readonly fieldEnd: Variable<'i32'>
  readonly wanted: Variable<'i32'>
  readonly wantedEnd: Variable<'i32'>
  readonly separator: Variable<'i32'>
  readonly key: Variable<'i32'>
  readonly keyEnd: Variable<'i32'>
}

function isComplete({ wanted, wantedEnd }: Line): Code<'i32'> {
  return i32.eq(wanted, wantedEnd)
}

function beginLine({ start, field, fieldStart, wanted, keyEnd }: Line, begin: Operand<'i32'>): readonly Statement[] {
  return [start.set(begin), fieldStart.set(begin), field.set(0), wanted.set(wantedAt), keyEnd.set(joinedAt)]
}

/** At a separator or a line break. */
function endField(line: Line, at: Variable<'i32'>, isBreak: Variable<'i32'>, add: Add): readonly Statement[] {
  const { start, field, fieldStart, fieldEnd, wanted, key, keyEnd } = line
  // In front of each field and line is a separator or a line break, in front of all a zero: this one belongs to the field, or to an empty line.
  const endsInReturn = i32.and(isBreak, i32.eq(i32.load8_u(i32.sub(at, 1)), carriageReturn))
  const isEmptyLine = i32.and(isBreak, i32.eq(i32.sub(at, endsInReturn), start))
  return [
    when(i32.eq(field, i32.load(wanted)), [
      fieldEnd.set(i32.sub(at, endsInReturn)),
      wanted.set(i32.add(wanted, 4)),
      ...takeField(line),
      when(i32.and(isComplete(line), i32.eqz(isEmptyLine)), [
        when(i32.eqz(add(key, i32.sub(keyEnd, key), start)), [giveBack(start)]),
      ]),
    ]),
    when(i32.and(isBreak, i32.eqz(i32.or(isComplete(line), isEmptyLine))), [giveBack(i32.sub(-1, start))]),
    field.set(i32.add(field, 1)),
    fieldStart.set(i32.add(at, 1)),
  ]
}

/** A field that is the only one is the key where it is; several are brought together. */
function takeField({ fieldStart, fieldEnd, wanted, wantedEnd, separator, key, keyEnd }: Line): readonly Statement[] {
  return [
    when(i32.eq(wantedEnd, wantedAt + 4), [key.set(fieldStart), keyEnd.set(fieldEnd)], [
      key.set(joinedAt),
      when(i32.gt_u(wanted, wantedAt + 4), [i32.store8(keyEnd, separator), keyEnd.set(i32.add(keyEnd, 1))]),
      ...copy(fieldStart, fieldEnd, keyEnd),
    ]),
  ]
}

/** Moves `from` and `to` on; may write up to 15 bytes behind. */
function copy(from: Variable<'i32'>, end: Variable<'i32'>, to: Variable<'i32'>): readonly Statement[] {
  return [
    block(done => [loop(again => [
      branchIf(done, i32.ge_u(from, end)),
      v128.store(to, v128.load(from)),
      from.set(i32.add(from, 16)),
      to.set(i32.add(to, 16)),
      branch(again),
    ])]),
    to.set(i32.sub(to, i32.sub(from, end))),
  ]
}

function equalTo(byte: Operand<'i32'>): (bytes: Code<'v128'>) => Code<'v128'> {
  return bytes => i8x16.eq(bytes, i8x16.splat(byte))
}
