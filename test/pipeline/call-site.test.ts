import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { buildGraph } from '../../src/pipeline/build.ts'
import { callSite } from '../../src/pipeline/call-site.ts'
import { pipeline, readPipeline } from '../../src/pipeline/pipeline.ts'
import { graphOf, listed, refusalOf } from './building.ts'

const run = promisify(execFile)
const root = new URL('../..', import.meta.url)
const api = {
  pipeline: new URL('src/pipeline/pipeline.ts', root).href,
}

/** Of the first line of this file that holds the text. */
function lineOf(text: string): string {
  return String(readFileSync(new URL(import.meta.url), 'utf8').split('\n').findIndex(line => line.includes(text)) + 1)
}

async function inFolder(files: Readonly<Record<string, string>>, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'batchwork-call-site-'))
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a call is found by file, line and column, relative to the working folder', () => {
  const { at, module } = callSite() // here
  assert.equal(at, `test/pipeline/call-site.test.ts:${lineOf('callSite() // here')}:26`)
  assert.equal(module, import.meta.url)
})

test('each node knows the call that made it, through helpers of the package too', () => {
  const graph = graphOf(photos => {
    photos.map(photo => photo.path)
    photos.keyBy(photo => photo.path).table('latest')
    photos.copy(['a', 'b'], (copy, name) => copy.work(`work ${name}`, () => {}))
  })
  const lines = graph.nodes.slice(1).map(node => /^test\/pipeline\/call-site\.test\.ts:(\d+):\d+$/.exec(node.at)?.[1])
  const [map, table, copy] = [lineOf('photos.map('), lineOf(".table('latest')"), lineOf("photos.copy(['a'")]
  assert.deepEqual(lines, [map, table, table, copy, copy])
})

test('a pipeline knows the module that made it', () => {
  const { module, at } = readPipeline(pipeline('here', () => {}))!
  assert.equal(module, import.meta.url)
  assert.ok(at.startsWith(`test/pipeline/call-site.test.ts:${lineOf("pipeline('here'")}:`), at)
})

test('a file outside of the working folder is named in full', async () => {
  await inFolder({ 'a.ts': `import { pipeline } from '${api.pipeline}'\nexport default pipeline('outside', () => {})` }, async folder => {
    const file = join(folder, 'a.ts')
    const module = await import(pathToFileURL(file).href) as { readonly default: unknown }
    const { at, module: url } = readPipeline(module.default)!
    assert.equal(at, `${file}:2:16`)
    assert.equal(url, pathToFileURL(file).href)
  })
})

test('a CommonJS module is found by its URL', async () => {
  await inFolder({ 'a.cjs': `const { pipeline } = require(process.argv[2])\nconst { readPipeline } = require(process.argv[2])\nconsole.log(readPipeline(pipeline('old', () => {})).module)` }, async folder => {
    const { stdout } = await run(process.execPath, [join(folder, 'a.cjs'), new URL(api.pipeline).pathname])
    assert.equal(stdout.trim(), pathToFileURL(join(folder, 'a.cjs')).href)
  })
})

test('code without a file has no module', async () => {
  const code = `import { pipeline, readPipeline } from '${api.pipeline}'; console.log(JSON.stringify(readPipeline(pipeline('evaluated', () => {}))))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code])
  assert.equal((JSON.parse(stdout) as { readonly module?: string }).module, undefined)
})

test('an error names the place, also from deep inside user functions', () => {
  const deep = (depth: number, call: () => unknown): unknown => (depth === 0 ? call() : deep(depth - 1, call))
  const error = refusalOf(() => deep(50, () => buildGraph(pipeline('deep', flow => flow.source('', listed([])) as never))))
  assert.match(error.at, /^test\/pipeline\/call-site\.test\.ts:\d+:\d+$/)
  assert.ok(error.message.endsWith(`\n  at ${error.at}`))
})
