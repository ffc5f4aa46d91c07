// `import ... from 'batchwork'` inside the repository is the source, unbuilt: docs/decisions/0001-source-runs-unbuilt.md.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = new URL('../..', import.meta.url)

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin: Readonly<Record<string, string>>
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8')) as Manifest
}

/** Where the build puts a source file. */
function built(source: string, extension: string): string {
  return source.replace('./', './dist/').replace('.ts', extension)
}

test('the package exports the built twin of each source entry', () => {
  const source = manifest('src/package.json')
  const published = manifest('package.json')
  const expected = Object.entries(source.exports).map(([subpath, file]) => {
    return [subpath, { types: built(String(file), '.d.ts'), default: built(String(file), '.js') }]
  })
  assert.deepEqual(published.exports, Object.fromEntries(expected))
  assert.equal(published.name, source.name)
  assert.equal(published.bin['batchwork'], built(String(source.bin['batchwork']), '.js'))
})

for (const folder of ['test', 'examples', 'bench', 'scripts']) {
  test(`a file in ${folder}/ that imports batchwork by name gets the source`, () => {
    const { exports } = manifest('src/package.json')
    for (const [subpath, file] of Object.entries(exports)) {
      const resolved = createRequire(new URL(`${folder}/any.ts`, root)).resolve(subpath.replace('.', 'batchwork'))
      assert.equal(resolved, fileURLToPath(new URL(`src/${String(file)}`, root)))
    }
  })
}
