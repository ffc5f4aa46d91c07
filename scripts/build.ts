// Builds dist/: JavaScript, types and source maps, and nothing left over from an earlier build.
import { rmSync } from 'node:fs'
import { run } from './testing/run.ts'

const root = new URL('..', import.meta.url)
rmSync(new URL('dist', root), { recursive: true, force: true })
process.exitCode = (await run('tsc', ['-p', 'tsconfig.build.json'], { cwd: root })).ok ? 0 : 1
