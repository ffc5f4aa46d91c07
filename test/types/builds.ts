// Many sources merged by priority, then limited per key.
import { pipeline } from 'batchwork'
import { items, jsonLinesFile } from './gathered.ts'

interface Commit { readonly repository: string; readonly sha: string; readonly branch: string; readonly author: string }
const repositories = ['web', 'api', 'mobile', 'docs']

export default pipeline('builds', flow => {
  const commits = repositories.map(name => flow.source(`${name} commits`, items<Commit>([]), { id: commit => commit.sha }))
  const external = flow.source('partner', items<{ readonly body: string }>([])).map(item => JSON.parse(item.body) as Commit)

  const built = flow.merge('build queue', [...commits, external], { priority: commit => commit.branch.startsWith('release/') ? 'high' : commit.branch === 'main' ? 'normal' : 'low' })
    .keyBy(commit => commit.repository)
    .work('build', async commit => ({ sha: commit.sha, seconds: 1 }), { perKey: { concurrency: 2 }, cpu: 4, memory: '8GB', timeout: '45m', attempts: 2 })

  built.to(jsonLinesFile('builds.jsonl'))
  built.failed.work('tell author', async ({ item, error, attempts }) => void [item.author, item.sha, error.message, attempts])
})
