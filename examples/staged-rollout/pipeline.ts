// The sharder with a staged rollout: pages of a year are rendered and compressed in four shards. A new version of the worker takes one
// shard first. After a while it fails there, so it is rolled back by itself: about a quarter of the pages met it, and none is lost.
//
//     npx batchwork run examples/staged-rollout/pipeline.ts
//     npx batchwork status
//
// The result is in examples/staged-rollout/out/pages.jsonl: each page with the shard and the version that made it. The next run uses the old
// version only, until the new one is changed, or: npx batchwork resume pack
import { join } from 'node:path'
import { items, jsonLinesFile, pipeline } from 'batchwork'
import { withBrotli, withGzip } from './compressors.ts'

const days = Array.from({ length: 365 }, (_, day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10))

export default pipeline('yearbook', flow => {
  flow.source('days', items(days))
    .shard('shards', { by: day => day, shards: { north: {}, south: {}, west: {}, east: {} } })
    .work('pack', withBrotli, { rollout: { from: withGzip, order: ['north'], soak: '10m', rollBackAbove: '5%' } })
    .to(jsonLinesFile(join(import.meta.dirname, 'out', 'pages.jsonl')), { name: 'pages' })
})
