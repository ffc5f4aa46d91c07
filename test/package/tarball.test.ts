// What is published works in an empty project: every export loads and has types, the command line runs a user's pipeline.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { InstalledPackage, manifest, tsc } from './installed.ts'

const names = Object.keys(manifest.exports).map(subpath => subpath.replace('.', 'batchwork'))

suite('the packed package', () => {
  const installed = new InstalledPackage()
  before(() => installed.install())
  after(() => installed[Symbol.dispose]())

  test('holds built files only', () => {
    const unexpected = installed.packed.filter(path => !/^(package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/.*\.(js|js\.map|d\.ts))$/.test(path))
    assert.deepEqual(unexpected, [])
  })

  test('holds the source in its source maps', () => {
    const map = JSON.parse(installed.read('node_modules/batchwork/dist/index.js.map')) as { readonly sourcesContent?: readonly string[] }
    assert.ok(map.sourcesContent?.[0])
  })

  for (const name of names) {
    test(`exports ${name}`, async () => {
      const code = `console.log(Object.keys(await import('${name}')).length)`
      assert.ok(Number(await installed.node('--input-type=module', '--eval', code)) > 0)
    })
  }

  test('errors have the names of their classes', async () => {
    const code = `const all = await import('batchwork')
      const errors = Object.entries(all).filter(([, each]) => typeof each === 'function' && each.prototype instanceof Error)
      console.log(JSON.stringify(errors.map(([name, each]) => [name, each.name])))`
    const errors = JSON.parse(await installed.node('--input-type=module', '--eval', code)) as [string, string][]
    assert.ok(errors.length > 4)
    assert.deepEqual(errors.filter(([exported, own]) => exported !== own), [])
  })

  test('has types for every export that a strict compiler accepts, library files included', async () => {
    const imports = names.map((name, index) => `import * as module${index} from '${name}'`)
    installed.write('types.ts', `${imports.join('\n')}\nexport const all = [${names.map((_, index) => `module${index}`).join(', ')}]\n`)
    installed.write('tsconfig.json', JSON.stringify({
      compilerOptions: {
        target: 'es2024', lib: ['es2024', 'esnext.disposable'], module: 'nodenext', types: ['node'], strict: true,
        exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true,
      },
      files: ['types.ts'],
    }))
    await installed.node(tsc, '-p', '.')
  })

  test('has a command line that knows its version', async () => {
    assert.match(await installed.npx('batchwork', '--version'), new RegExp(manifest.version.replaceAll('.', '[.]')))
  })

  test('runs a pipeline file, on worker threads too', async () => {
    installed.write('words.txt', 'one\ntwo\none\n')
    installed.write('workers.ts', 'export const shout = (word: string): string => word.toUpperCase()\n')
    installed.write('words.ts', [
      `import { countBy, jsonFile, lines, pipeline } from 'batchwork'`,
      `import { shout } from './workers.ts'`,
      `export default pipeline('words', flow => {`,
      `  flow.source('words', lines('words.txt')).map(line => line.text)`,
      `    .work('shout', shout, { threads: 1 })`,
      `    .reduce('counts', countBy(word => word)).to(jsonFile('counts.json'))`,
      `})`,
    ].join('\n'))
    await installed.npx('batchwork', 'run', 'words.ts')
    assert.deepEqual(JSON.parse(installed.read('counts.json')), { ONE: 2, TWO: 1 })
  })
})
