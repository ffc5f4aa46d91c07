// A Deployment or a Job for each group of stages, scaled by what waits for that group alone.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Workplace } from '../cli/workplace.ts'
import { faultsOf, type Open } from './judged.ts'
import { post, report } from './pipelines.ts'

const plain = ['--image', 'example.org/mail:1.4', '--engine', 'kafka://kafka.default:9092?parts=2']
const sharded = `
import { pipeline, topic } from 'batchwork'
const signUps = topic('sign-ups')
export default pipeline('mail', flow => {
  flow.source(signUps).work('check', item => item).shard('by letter', { by: item => item.email, shards: { 'a to m': {}, 'n to z': {} }, spillAbove: 'never' }).work('send', item => item).work('note, at last', item => item)
})
`

async function deploy(t: TestContext, words: readonly string[]) {
  return new Workplace(t, { 'mail.ts': sharded, 'post.ts': post, 'report.ts': report }).run(['deploy', ...words, ...plain, '--json'])
}

async function printed(t: TestContext, ...words: readonly string[]): Promise<readonly Open[]> {
  const { code, stdout, stderr } = await deploy(t, words)
  equal(code, 0, stderr)
  return stdout.trim().split('\n').map(line => JSON.parse(line))
}

const stagesIn = (all: readonly Open[]) => Object.fromEntries(all.filter(({ kind }) => kind === 'Deployment' || kind === 'Job').map(({ metadata, spec }) => [metadata.name, spec.template.spec.containers[0].args.filter((word: string) => word.startsWith('--stages='))]))

test('each group has objects of its own, what no group names has the name of the whole, and all fit the published schemas', async t => {
  const all = await printed(t, 'mail.ts', '--group', 'heavy=check,note*', '--processes', '8', '--autoscale', 'keda', '--group-processes', 'heavy=2')
  deepEqual(all.map(object => [object.kind, faultsOf(object)]), all.map(({ kind }) => [kind, []]))
  deepEqual(stagesIn(all), { 'mail-heavy': ['--stages=check', '--stages=note, at last'], 'mail': ['--stages=by letter', '--stages=send'] })
  equal(new Set(all.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size, all.length)
  const scaled = all.filter(({ kind }) => kind === 'ScaledObject')
  deepEqual(scaled.map(({ spec }) => [spec.scaleTargetRef.name, spec.maxReplicaCount]), [['mail-heavy', 2], ['mail', 2]])
})

test('a group is scaled by the lag of the topics that its own stages read', async t => {
  const all = await printed(t, 'mail.ts', '--group', 'checking=check', '--processes', '2', '--autoscale', 'keda')
  const topics = new Map(all.filter(({ kind }) => kind === 'ScaledObject').map(({ spec }) => [spec.scaleTargetRef.name as string, new Set<string>(spec.triggers.map(({ metadata }: Open) => metadata.topic))]))
  deepEqual([...topics.get('mail-checking')!].toSorted(), ['batchwork.mail.check.retry', 'batchwork.sign-ups'])
  ok(!topics.get('mail')!.has('batchwork.sign-ups'))
  ok([...topics.get('mail')!].some(topic => topic.includes('send.retry')))
})

test('shards apart are a group each, started by what waits in the partitions of their own', async t => {
  const all = await printed(t, 'mail.ts', '--shards-apart', 'send', '--processes', '2', '--autoscale', 'keda')
  deepEqual(stagesIn(all), { 'mail-send-a-to-m': ['--stages=send/a to m'], 'mail-send-n-to-z': ['--stages=send/n to z'], 'mail': ['--stages=check', '--stages=by letter', '--stages=note, at last'] })
  const partitions = (name: string) => all.find(({ kind, metadata }) => kind === 'ScaledObject' && metadata.name === name)!.spec.triggers.map(({ metadata }: Open) => `${metadata.topic} ${metadata.partitionLimitation}`) as readonly string[]
  const [first, second] = [partitions('mail-send-a-to-m'), partitions('mail-send-n-to-z')]
  ok(first.length > 0 && first.length === second.length)
  deepEqual(first.filter(partition => second.includes(partition)), [])
})

test('Jobs of groups know their common run by the name that is given', async t => {
  const all = await printed(t, 'report.ts', '--group', 'adding=add up', '--once', 'may', '--day', '1')
  for (const { kind, spec } of all) if (kind === 'Job') ok(spec.template.spec.containers[0].args.includes('--once=may'))
  deepEqual(Object.keys(stagesIn(all)), ['daily-report-adding', 'daily-report'])
})

const refused: readonly (readonly [words: readonly string[], said: RegExp])[] = [
  [['mail.ts', '--group', 'heavy'], /--group is 'heavy', but must be a name and stages/],
  [['mail.ts', '--group', 'heavy=chekc'], /no stage 'chekc'.*did you mean 'check'/],
  [['mail.ts', '--group', 'a=check', '--group', 'b=check'], /'check' is in groups 'a' and 'b'/],
  [['mail.ts', '--group', 'a=check', '--group', 'a=send'], /two groups are called 'a'/],
  [['mail.ts', '--group', 'a=check', '--group-processes', 'b=2'], /there is no group 'b'; there is 'a'/],
  [['mail.ts', '--group', 'a=check', '--group-processes', 'a=3'], /'check', has 2 lanes/],
  [['mail.ts', '--group-processes', 'a=3'], /none is named/],
  [['mail.ts', '--group', 'a=check', '--volume', 'c=/data'], /--shared-volume c=\/data/],
  [['mail.ts', '--shards-apart', 'check'], /'check' has no shards/],
  [['report.ts', '--day', '1', '--group', 'a=add up'], /give it a name with --once/],
  [['report.ts', '--day', '1', '--once', 'may'], /--once may is for Jobs of groups/],
]

for (const [words, said] of refused) {
  test(`deploy ${words.join(' ')} is refused`, async t => {
    const { code, stdout, stderr } = await deploy(t, words)
    equal(code, 1)
    match(stderr + stdout, said)
  })
}
