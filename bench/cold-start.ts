// The cold start of a trivial pipeline's `batchwork run FILE` against `node -e 0`, as shipped (built JavaScript) and from the sources.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
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
const firstEver = 'batchwork run, built, first ever'
const source = 'batchwork run, sources'
const library = 'connect and run, sources, no command line'

export const bench: Bench = {
  name: 'cold-start',
  about: 'Three items through one stage, each time in a store that has to be made, against bare Node. The files are in the page cache. The command line keeps compiled code in the temporary folder: the first start ever finds none.',
  targets: [shipped, firstEver].map(name => ({ figure: `${name}, above bare Node`, unit: 'ms', atMost: 200 })),
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
  let number = 0
  const newFolder = () => mkdirSync(join(folder, String(number++)), { recursive: true })!
  const run = (name: string, main: string, file: string, temporary: () => string): Contender<number> =>
    ({ name, measure: async () => startMs([main, 'run', file, '--quiet', '--store', join(newFolder(), 'store')], temporary()) })
  const [kept, keptBySources] = [newFolder(), newFolder()]
  const contenders = [
    { name: bare, measure: async () => startMs(['-e', '0'], kept) },
    run(shipped, main, builtHello, () => kept),
    run(firstEver, main, builtHello, newFolder),
    run(source, join(root, 'src/cli/main.ts'), hello, () => keptBySources),
    { name: library, measure: async () => startMs([join(root, 'bench/subjects/run-hello.ts'), JSON.stringify({ folder: join(newFolder(), 'store') })], kept) },
  ]
  startMs([main, 'run', builtHello, '--quiet', '--store', join(newFolder(), 'store')], kept)
  return contenders
}

function startMs(parameters: readonly string[], temporaryFolder: string): number {
  const env = { ...process.env, TMPDIR: temporaryFolder }
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, parameters, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${parameters.join(' ')} ended with code ${status}; expected 0.\n${stderr}`)
  return performance.now() - start
}
