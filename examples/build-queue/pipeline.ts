// The merger: commits of several repositories become one build queue. Release branches go first, no repository builds more than one
// commit at a time, and who breaks a build is told.
//
//     npx node examples/build-queue/generate.ts
//     npx batchwork run examples/build-queue/pipeline.ts
//
// The first command makes three real git repositories. One of their commits has a build that fails: the run ends with one item set
// aside, and exit code 2. The results are examples/build-queue/out/builds.jsonl and broken.jsonl.
import { join } from 'node:path'
import { jsonLinesFile, pipeline } from 'batchwork'
import { build } from './build.ts'
import { commitsOf } from './commits.ts'

const out = join(import.meta.dirname, 'out')
export const repositories = ['api', 'docs', 'web']

export default pipeline('builds', flow => {
  const commits = repositories.map(name =>
    flow.source(`${name} commits`, commitsOf(name, join(out, 'repositories', name)), { id: commit => commit.sha }))

  const built = flow.merge('build queue', commits, {
    priority: ({ branch }) => (branch.startsWith('release/') ? 'high' : branch === 'main' ? 'normal' : 'low'),
  })
    .keyBy(commit => commit.repository)
    .work('build', build, { concurrency: 4, perKey: { concurrency: 1 }, timeout: '1m', attempts: 2, backoff: { delay: '50ms' } })

  built.to(jsonLinesFile(join(out, 'builds.jsonl')), { name: 'builds' })
  built.failed
    .map(({ item, error, attempts }) => ({ author: item.author, repository: item.repository, subject: item.subject, error: error.message, attempts }))
    .to(jsonLinesFile(join(out, 'broken.jsonl')), { name: 'broken builds' })
})
