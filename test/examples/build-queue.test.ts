import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { Built } from '../../examples/build-queue/build.ts'
import { needs } from '../needs.ts'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

interface Broken {
  readonly author: string
  readonly repository: string
  readonly subject: string
  readonly error: string
  readonly attempts: number
}

onEachEngine('every commit is built, one at a time in each repository, and the author of the broken one is told', async engine => {
  using example = new Example('build-queue', engine)
  const generated = await example.node('generate.ts')
  equal(generated.code, 0, generated.errors)
  const { code, errors } = await example.run()
  equal(code, 2, errors)

  const builds = example.jsonLines<Built>('out/builds.jsonl')
  const outputs = ['api', 'docs', 'web'].flatMap(name => [
    ...[1, 2, 3, 4].map(number => `built ${name} ${number}`), ...[1, 2].map(number => `built ${name} release fix ${number}`), ...(name === 'web' ? [] : [`built ${name} trial`]),
  ])
  deepEqual(builds.map(({ output }) => output).toSorted(), outputs.toSorted())
  for (const ofRepository of Map.groupBy(builds, ({ repository }) => repository).values()) {
    const inOrder = ofRepository.toSorted((a, b) => a.startedAt - b.startedAt || a.endedAt - b.endedAt)
    inOrder.slice(1).forEach((build, index) => ok(build.startedAt >= inOrder[index]!.endedAt, `${build.output} began before ${inOrder[index]!.output} ended`))
  }

  const [broken, ...others] = example.jsonLines<Broken>('out/broken.jsonl')
  equal(others.length, 0)
  deepEqual({ ...broken, error: '' }, { author: 'robin@example.org', repository: 'web', subject: 'Try something', error: '', attempts: 2 })
  match(broken!.error, /cannot find module left/)
}, { skip: needs('git', 'tar') })
