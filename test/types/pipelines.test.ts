// The pipelines of this folder type-check with `npm run types`; here their graphs are built.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildGraph } from '../../src/pipeline/build.ts'
import { readPipeline } from '../../src/pipeline/pipeline.ts'
import accessLog from './access-log.ts'
import builds from './builds.ts'
import migration from './migration.ts'
import parking from './parking.ts'
import { buffered, graph } from './products.ts'
import signUp from './sign-up.ts'
import videos from './videos.ts'
import { dashboard, recommendations, titled } from './views.ts'

const pipelines = [
  [accessLog, 'access-log.ts', { day: '2026-11-20' }, ['pages']], [builds, 'builds.ts'], [migration, 'migration.ts'],
  [parking, 'parking.ts', undefined, ['census']], [buffered, 'products.ts'], [graph, 'products.ts'], [signUp, 'sign-up.ts'], [videos, 'videos.ts'],
  [dashboard, 'views.ts'], [recommendations, 'views.ts'], [titled, 'views.ts'],
] as const

for (const [pipeline, file, params, outputs = []] of pipelines) {
  test(`'${pipeline.name}' builds, and each node tells its place in ${file}`, () => {
    const { nodes, outputs: built } = buildGraph(pipeline, params)
    assert.ok(nodes.length >= 4)
    for (const node of nodes) assert.match(node.at, new RegExp(`^test/types/${file.replace('.', '[.]')}:\\d+:\\d+$`))
    assert.deepEqual(Object.keys(built), outputs)
    assert.equal(readPipeline(pipeline)!.module, new URL(file, import.meta.url).href)
  })
}
