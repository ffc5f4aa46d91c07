// The command of fixtures/run.ts in one file, as the package is built (scripts/build.ts): a process of it starts in a third of the time.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))
const source = fileURLToPath(new URL('../../../src', import.meta.url))
const options = { bundle: true, format: 'esm', platform: 'node', target: 'node24', logLevel: 'warning' } as const

/** Gives the file. It lies one folder deep, so that its store finds the thread where a package has it. */
export async function bundledRun(folder: string, pipeline: string): Promise<string> {
  const file = join(folder, 'bundle', 'commands', 'run.mjs')
  const contents = `import given from './${pipeline}.ts'\nimport { runGiven } from './run-given.ts'\nawait runGiven(given)\n`
  await build({ ...options, stdin: { contents, resolveDir: fixtures, loader: 'ts' }, outfile: file })
  await build({ ...options, entryPoints: [join(source, 'logs/embedded/store-thread.ts')], outfile: join(folder, 'bundle', 'logs/embedded/store-thread.js') })
  return file
}
