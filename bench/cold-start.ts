// The cold start of a trivial pipeline's `batchwork run FILE` against `node -e 0`, as shipped (built JavaScript) and from the sources.
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sized, type Bench } from './bench.ts'
import { alternate, loadOf, medianOf, rangeOf, type Contender } from './measure/alternate.ts'
import { buildIn } from './measure/build.ts'
import { inFreshFolder } from './measure/folder.ts'

const starts = 20
const root = fileURLToPath(new URL('..', import.meta.url))
const hello = join(root, 'bench/subjects/hello.ts')
const bare = 'node -e 0'
const shipped = 'batchwork run, built'
const source = 'batchwork run, sources'

export const bench: Bench = {
  name: 'cold-start',
  about: 'Three items through one stage, each time in a store that has to be made, against bare Node. The files are in the page cache.',
  targets: [{ figure: `${shipped}, above bare Node`, unit: 'ms', atMost: 200 }],
  async run({ share, note }) {
    return inFreshFolder(async folder => {
      const contenders = contendersIn(folder)
      note(`cold-start: ${contenders.map(({ name }) => name).join(', ')}`)
      const results = await alternate(contenders, sized(starts, share, 5), () => {})
      const floor = medianOf(results[0]!, ms => ms)
      const above = (result: (typeof results)[number]) => medianOf(result, ms => ms) - floor
      return {
        tables: [{
          title: `Medians of ${results[0]!.rounds.length} alternating starts, in ms`, columns: ['start of', 'until its end', 'range', 'above bare Node', 'load'],
          rows: results.map(result => [result.name, medianOf(result, ms => ms).toFixed(0), rangeOf(result, ms => ms), above(result).toFixed(0), loadOf(result)]),
        }],
        figures: Object.fromEntries(results.slice(1).map(result => [`${result.name}, above bare Node`, above(result)])),
      }
    })
  },
}

function contendersIn(folder: string): readonly Contender<number>[] {
  const { main, app } = buildIn(folder)
  const builtHello = join(app, 'hello.mjs')
  copyFileSync(hello, builtHello) // It has no types, so it is JavaScript as it is.
  const cli = (main: string, file: string) => (store: string) => [main, 'run', file, '--quiet', '--store', store]
  const starts: Readonly<Record<string, (store: string) => readonly string[]>> = {
    [bare]: () => ['-e', '0'],
    [shipped]: cli(main, builtHello),
    [source]: cli(join(root, 'src/cli/main.ts'), hello),
    'connect and run, sources, no command line': store => [join(root, 'bench/subjects/run-hello.ts'), JSON.stringify({ folder: store })],
  }
  let stores = 0
  return Object.entries(starts).map(([name, parametersFor]) => ({ name, measure: async () => startMs(parametersFor(join(folder, `store-${stores++}`))) }))
}

function startMs(parameters: readonly string[]): number {
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, parameters, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${parameters.join(' ')} ended with code ${status}; expected 0.\n${stderr}`)
  return performance.now() - start
}
