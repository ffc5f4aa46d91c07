// Builds dist/: bundled JavaScript with source maps, types, and nothing left over from an earlier build. Another folder may be named, for measuring.
//
// Bundled, since a process and each of its threads would import some two hundred files, which is half of the time they take to start. What several
// entries share lies in dist/shared, once: there is one instance of every module, whoever imports it. See src/model/own-files.ts.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { ownEntries } from '../src/model/own-files.ts'
import { run } from './testing/run.ts'

const cwd = new URL('..', import.meta.url)
const root = fileURLToPath(cwd)
const dist = process.argv[2] ?? join(root, 'dist')

/** What users import and start, from the package's own list, and what threads and processes of ours do. */
function entryPoints(): string[] {
  const { exports, bin } = JSON.parse(readFileSync(join(root, 'src/package.json'), 'utf8')) as { readonly exports: Readonly<Record<string, string>>; readonly bin: Readonly<Record<string, string>> }
  return [...Object.values(exports), ...Object.values(bin), ...ownEntries.map(entry => `${entry}.ts`)].map(path => join(root, 'src', path))
}

async function bundle(): Promise<void> {
  await build({
    entryPoints: entryPoints(), outdir: dist, outbase: join(root, 'src'), chunkNames: 'shared/[hash]',
    bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node24', packages: 'external',
    sourcemap: true, sourcesContent: true, logLevel: 'warning',
  })
}

rmSync(dist, { recursive: true, force: true })
await bundle()
process.exitCode = (await run('tsc', ['-p', 'tsconfig.build.json', '--outDir', dist], { cwd })).ok ? 0 : 1
