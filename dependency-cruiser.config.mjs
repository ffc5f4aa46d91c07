// Which part of src/ may import which: imports point down only. The one thing to know: every file belongs to exactly one layer, so a
// new folder has to be put into the list below first. test/architecture/layers.test.ts proves that each rule bites.
import { readFileSync } from 'node:fs'

/** The files that users import, from the package's own list. They gather; nothing in src imports them. */
const { exports } = JSON.parse(readFileSync(new URL('./src/package.json', import.meta.url), 'utf8'))
const entries = `^src/(${Object.values(exports).map(path => path.replace('./', '').replaceAll('.', '[.]')).join('|')})$`

const folders = (...names) => `^src/(${names.join('|')})/`

/** From the bottom up: a layer imports itself and what stands before it. */
const layers = [
  { name: 'vocabulary', path: folders('model') },
  { name: 'contracts', path: '^src/[^/]+[.]ts$' },
  { name: 'patterns-and-policies', path: folders('pipeline', 'patterns', 'policies', 'reducers') },
  { name: 'plan-and-runtime', path: folders('plan', 'runtime') },
  { name: 'engines-and-connectors', path: folders('logs', 'executors', 'shuffle', 'sources', 'sinks', 'connectors', 'queue') },
  { name: 'surroundings', path: folders('telemetry', 'deploy', 'server', 'client', 'cli', 'testing') },
]
const anyLayer = layers.map(layer => layer.path)

const nothingFromAbove = layers.map((layer, index) => ({
  name: `${layer.name}-import-nothing-from-above`,
  severity: 'error',
  from: { path: layer.path, pathNot: entries },
  to: { path: [...anyLayer.slice(index + 1), entries] },
}))

const layerIsMissing = 'Put the folder into a layer in dependency-cruiser.config.mjs.'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...nothingFromAbove,
    { name: 'what-is-imported-has-a-layer', comment: layerIsMissing, severity: 'error', from: {}, to: { path: '^src/', pathNot: anyLayer } },
    { name: 'what-imports-has-a-layer', comment: layerIsMissing, severity: 'error', from: { path: '^src/', pathNot: anyLayer }, to: {} },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'source-stands-alone', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|examples|bench|scripts|dashboard)/' } },
    { name: 'what-is-imported-exists', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'users-get-what-is-imported',
      comment: 'A devDependency is not installed with the package, unless it is an optional peer too.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
  ],
  options: {
    // TypeScript 7 has no compiler API for dependency-cruiser to parse with; swc has.
    parser: 'swc',
    tsPreCompilationDeps: true,
    // Dependencies are those of the root's package.json; src has one of its own (docs/decisions/0001-source-runs-unbuilt.md).
    combinedDependencies: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
