// The cold start of a trivial pipeline's `batchwork run FILE` against `node -e 0`, from the sources and as shipped (npm run build).
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sized, type Bench } from './bench.ts'
import { alternate, loadOf, medianOf, rangeOf, type Contender } from './measure/alternate.ts'
import { inFreshFolder } from './measure/folder.ts'

const starts = 20
const root = fileURLToPath(new URL('..', import.meta.url))
const bare = 'node -e 0'
const shipped = 'batchwork run, built'
const source = 'batchwork run, sources'

export const bench: Bench = {
  name: 'cold-start',
  about: 'Three items through one stage, each time in a store that has to be made, against bare Node. The files are in the page cache.',
  targets: [{ figure: `${shipped}, above bare Node`, unit: 'ms', atMost: 200 }],
  async run({ share, note }) {
    return inFreshFolder(async folder => {
      const { contenders, notes } = contendersIn(folder)
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
        notes,
      }
    })
  },
}

interface Entrants {
  readonly contenders: readonly Contender<number>[]
  readonly notes: readonly string[]
}

/** What is not there (the command line, the build) is left out, and told. */
function contendersIn(folder: string): Entrants {
  const notes: string[] = []
  const hello = join(root, 'bench/subjects/hello.ts')
  const contenders = [node(bare, () => ['-e', '0'])]
  const add = (name: string, main: string, file: string, missing: string) => {
    if (existsSync(join(root, main))) contenders.push(node(name, store => [join(root, main), 'run', file, '--quiet', '--store', store]))
    else notes.push(missing)
  }
  add(shipped, 'dist/cli/main.js', asUsersHaveIt(folder), 'dist/cli/main.js is not there: run `npm run build` first to measure what is shipped.')
  add(source, 'src/cli/main.ts', hello, 'src/cli/main.ts is not there.')
  contenders.push(node('connect and run, sources, no command line', store => [join(root, 'bench/subjects/run-hello.ts'), JSON.stringify({ folder: store })]))
  return { contenders, notes }

  function node(name: string, parametersFor: (store: string) => readonly string[]): Contender<number> {
    let number = 0
    return { name, measure: async () => startMs(parametersFor(join(folder, `${name.replaceAll(/\W+/g, '-')}-${number++}`))) }
  }
}

/** The pipeline in a folder where `batchwork` is the built package. */
function asUsersHaveIt(folder: string): string {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'batchwork'), 'dir')
  const file = join(folder, 'hello.mjs')
  copyFileSync(join(root, 'bench/subjects/hello.ts'), file)
  return file
}

function startMs(parameters: readonly string[]): number {
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, parameters, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${parameters.join(' ')} ended with code ${status}; expected 0.\n${stderr}`)
  return performance.now() - start
}
