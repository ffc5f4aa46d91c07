// Everything that `npm test` checks, in order, whatever failed before; its last line is the sum. The one thing to know:
// `npm test -- --only PATTERN` runs just the test files whose path contains PATTERN, without the checks before them.
import { globSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describe, oneFailed, onePassed, sum, type Counts } from './testing/counts.ts'
import { run } from './testing/run.ts'
import { runTestFiles } from './testing/test-files.ts'

const root = new URL('..', import.meta.url)
const budgetMs = 24 * 60_000

const checks = [
  { title: 'Lint', command: 'oxlint', parameters: ['--deny-warnings'] },
  { title: 'Dependency direction', command: 'depcruise', parameters: ['--config', 'dependency-cruiser.config.mjs', 'src'] },
  { title: 'Types', command: 'tsc', parameters: ['-p', '.'] },
]

const { values: { only } } = parseArgs({ options: { only: { type: 'string' } } })
const startedAt = performance.now()
const remainingMs = (): number => Math.max(1_000, Math.round(budgetMs - (performance.now() - startedAt)))
const done: Counts[] = []

if (only === undefined) {
  for (const { title, command, parameters } of checks) {
    heading(title)
    const { ok, ending } = await run(command, parameters, { cwd: root, timeoutMs: remainingMs() })
    console.log(ok ? 'ok' : `✖ ${command} ended with ${ending}`)
    done.push(ok ? onePassed : oneFailed)
  }
}

heading('Tests')
const files = globSync(['test/**/*.test.ts', 'examples/**/*.test.ts'], { cwd: root, exclude: ['**/node_modules/**'] })
  .filter(file => only === undefined || file.includes(only))
  .toSorted()
done.push(await runTestFiles(files, { cwd: root, timeoutMs: remainingMs() }))

const total = sum(done)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
console.log(`\n${describe(total)}`)

function heading(title: string): void {
  console.log(`\n== ${title} ==`)
}
