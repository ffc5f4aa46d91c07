// Finds words among 64 bytes at once and counts them.
import { branchIf, giveBack, loop, when, block, branch, type Code } from '../webassembly/code.ts'
import type { ModuleBuilder } from '../webassembly/module.ts'
import { i32, i64, i8x16, v128 } from '../webassembly/operators.ts'
import { scannedBytes } from './layout.ts'
import { bitsWhere } from './bits.ts'
import type { Add } from './table-code.ts'

/** `countWords(start, end)`: counts whole words from `start` on, and says how far it came before the table was full. White space lies at `end`. */
export function writeCountWords(module: ModuleBuilder, add: Add): void {
  module.function(['i32', 'i32'], 'i32', (local, start, end) => {
    const [spaces, at, word] = [local('i64'), local('i32'), local('i32')]
    return [
      word.set(start),
      block(done => [loop(scan => [
        branchIf(done, i32.gt_u(start, end)),
        spaces.set(bitsWhere(isWhiteSpace, start)),
        block(scanned => [loop(next => [
          branchIf(scanned, i64.eqz(spaces)),
          at.set(i32.add(start, i32.wrap_i64(i64.ctz(spaces)))),
          spaces.set(i64.and(spaces, i64.sub(spaces, 1))),
          when(i32.gt_u(at, word), [when(i32.eqz(add(word, i32.sub(at, word), word)), [giveBack(word)])]),
          word.set(i32.add(at, 1)),
          branch(next),
        ])]),
        start.set(i32.add(start, scannedBytes)),
        branch(scan),
      ])]),
      end,
    ]
  }, 'countWords')
}

/** Space, and 9 to 13. */
function isWhiteSpace(bytes: Code<'v128'>): Code<'v128'> {
  return v128.or(i8x16.eq(bytes, i8x16.splat(32)), i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(9)), i8x16.splat(5)))
}
