// Writes three log files, one of them compressed. The same numbers come out each time: everything left to chance follows from a seed.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const folder = join(import.meta.dirname, 'out', 'logs', '2026-11-20')
const linesInEachFile = 2_000

// A linear congruential generator, with the numbers of Numerical Recipes.
let state = 20_261_120
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

function line(): string {
  if (below(1_000) === 0) return 'the disk of the log server was full he'
  // The product of two makes some pages far more popular than others.
  const page = `/page/${below(8) * below(8)}`
  const status = below(10) === 0 ? 404 : 200
  return `10.0.${below(4)}.${below(64)} - - [20/Nov/2026:12:00:00 +0000] "GET ${page} HTTP/1.1" ${status} ${200 + below(5_000)}`
}

function text(): string {
  return `${Array.from({ length: linesInEachFile }, line).join('\n')}\n`
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'morning.log'), text())
writeFileSync(join(folder, 'noon.log.gz'), gzipSync(text()))
writeFileSync(join(folder, 'evening.log'), text())
