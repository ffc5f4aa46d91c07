// Each rule of dependency-cruiser.config.mjs is shown to bite by planting what it forbids.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Planted } from './planted.ts'

async function cruise(files: Readonly<Record<string, string>>): Promise<string> {
  using planted = new Planted(files)
  const cruiser = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'
  return (await planted.run(cruiser, '--config', 'dependency-cruiser.config.mjs', 'src')).output
}

const upwards = [
  ['src/model/a.ts', 'src/log.ts', 'vocabulary'],
  ['src/log.ts', 'src/pipeline/b.ts', 'contracts'],
  ['src/pipeline/a.ts', 'src/plan/b.ts', 'patterns-and-policies'],
  ['src/patterns/a.ts', 'src/logs/memory/b.ts', 'patterns-and-policies'],
  ['src/policies/a.ts', 'src/runtime/b.ts', 'patterns-and-policies'],
  ['src/reducers/a.ts', 'src/sinks/b.ts', 'patterns-and-policies'],
  ['src/runtime/a.ts', 'src/executors/b.ts', 'plan-and-runtime'],
  ['src/logs/a.ts', 'src/telemetry/b.ts', 'engines-and-connectors'],
  ['src/sources/a.ts', 'src/cli/b.ts', 'engines-and-connectors'],
  ['src/cli/a.ts', 'src/index.ts', 'surroundings'],
] as const

/** An import statement for `to`, as written in `from`. */
function importing(from: string, to: string, keyword = 'export *'): string {
  return `${keyword} from '${'../'.repeat(from.split('/').length - 1)}${to}'`
}

suite('dependency direction', { concurrency: 2 }, () => {
  for (const [from, to, layer] of upwards) {
    test(`${from} must not import ${to}`, async () => {
      const output = await cruise({ [from]: importing(from, to), [to]: 'export const x = 1' })
      assert.ok(output.includes(`error ${layer}-import-nothing-from-above: ${from} → ${to}`), output)
    })

    test(`${to} may import ${from}`, async () => {
      const output = await cruise({ [to]: importing(to, from), [from]: 'export const x = 1' })
      assert.match(output, /no dependency violations found/)
    })
  }

  test('sees imports of types', async () => {
    const output = await cruise({
      'src/patterns/a.ts': importing('src/patterns/a.ts', 'src/logs/b.ts', 'export type { X }'),
      'src/logs/b.ts': 'export type X = 1',
    })
    assert.match(output, /patterns-and-policies-import-nothing-from-above/)
  })

  test('has no cycles', async () => {
    const output = await cruise({ 'src/model/a.ts': `export * from './b.ts'`, 'src/model/b.ts': `export * from './a.ts'` })
    assert.match(output, /error no-cycles/)
  })

  test('source imports nothing from tests, examples and benchmarks', async () => {
    for (const folder of ['test', 'examples', 'bench', 'scripts']) {
      const output = await cruise({ 'src/cli/a.ts': importing('src/cli/a.ts', `${folder}/b.ts`), [`${folder}/b.ts`]: 'export const x = 1' })
      assert.match(output, /error source-stands-alone/)
    }
  })

  test('a folder without a layer is refused, whichever way the import goes', async () => {
    const inward = await cruise({ 'src/cli/a.ts': importing('src/cli/a.ts', 'src/utils/b.ts'), 'src/utils/b.ts': 'export const x = 1' })
    assert.match(inward, /error what-is-imported-has-a-layer/)
    const outward = await cruise({ 'src/utils/b.ts': importing('src/utils/b.ts', 'src/model/a.ts'), 'src/model/a.ts': 'export const x = 1' })
    assert.match(outward, /error what-imports-has-a-layer/)
  })

  test('source imports no package that its users do not get', async () => {
    assert.match(await cruise({ 'src/cli/a.ts': `export * from 'fast-check'` }), /error users-get-what-is-imported/)
    assert.match(await cruise({ 'src/cli/a.ts': `export * from 'commander'` }), /no dependency violations found/)
  })

  test('an import that leads nowhere is an error', async () => {
    assert.match(await cruise({ 'src/cli/a.ts': `export * from './gone.ts'` }), /error what-is-imported-exists/)
  })
})
