// What `batchwork deploy` prints is what an API server takes, says the same as YAML and as JSON, and has no secret in it.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { loadAllYaml } from '@kubernetes/client-node'
import { count, pipeline, topic } from 'batchwork'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { planFor } from '../../src/client/run-pipeline.ts'
import { backlogTriggers } from '../../src/deploy/backlog-triggers.ts'
import { toYamlDocuments } from '../../src/queue/kubernetes/yaml.ts'
import { Workplace } from '../cli/workplace.ts'
import { faultsOf, type Open } from './judged.ts'
import { files, mail, post, report } from './pipelines.ts'

const secured = [
  '--engine', 'kafka+tls://kafka.default:9093,two.example:9094/shop?mechanism=SCRAM-SHA-512&ca=/certificates/ca.crt',
  '--secret-env', 'BATCHWORK_KAFKA_USER=kafka-login:user', '--secret-env', 'BATCHWORK_KAFKA_PASSWORD=kafka-login:password', '--secret-files', 'kafka-ca=/certificates',
]
const plain = ['--image', 'example.org/mail:1.4', '--engine', 'kafka://kafka.default:9092']
const full = ['--image', 'example.org:5000/team/mail:1.4', ...secured, '--processes', '8', '--autoscale', 'keda', '--cooldown', '2m', '--lag-per-process', '50', '--namespace', 'batch', '--name', 'mail-out', '--env', 'LEVEL=no', '--env', 'GREETING=a: "b" # $(HOME)\n- c',
  '--egress', '0.0.0.0/0:443', '--egress', '[fd00::/8]:25', '--broker-network', '10.0.0.0/8', '--shared-volume', 'outbox=/data/out', '--pull-secret', 'registry']

const cases: Readonly<Record<string, readonly string[]>> = {
  'a pipeline that goes on': ['mail.ts', ...plain],
  'one with all options': ['mail.ts', ...full],
  'one that ends': ['report.ts', ...plain, '--retries', '2', '--keep-for', '1d', '--day', '$(DAY) "2026": \n- x'],
  'one that ends and leaves files': ['files.ts', ...plain, '--volume', 'reports=/scratch/out'],
  'one that ends and is shared by many processes': ['report.ts', ...plain, '--processes', '8', '--day', '1'],
  'one that goes on in many processes': ['mail.ts', ...plain, '--processes', '5'],
  'one that is scaled by CPU': ['mail.ts', ...plain, '--processes', '8', '--autoscale', 'hpa', '--cpu-percent', '80'],
  'one that is scaled by a metric': ['mail.ts', ...plain, '--processes', '8', '--processes-min', '2', '--autoscale', 'hpa', '--metric', 'kafka_consumergroup_lag=0.5k', '--metric-label', 'consumergroup=batchwork.mail'],
}

async function printed(t: TestContext, words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Workplace(t, { 'mail.ts': mail, 'post.ts': post, 'report.ts': report, 'files.ts': files }).run(['deploy', ...words])
  equal(code, 0, stderr)
  return stdout
}

const known = new Map<string, Promise<readonly Open[]>>()

/** A process for each, so none is asked twice. */
function objects(t: TestContext, words: readonly string[]): Promise<readonly Open[]> {
  const key = JSON.stringify(words)
  if (!known.has(key)) known.set(key, printed(t, [...words, '--json']).then(text => text.trim().split('\n').map(line => JSON.parse(line))))
  return known.get(key)!
}

const found = (all: readonly Open[], kind: string): Open => all.find(object => object.kind === kind)

for (const [name, words] of Object.entries(cases)) {
  test(`the manifests of ${name} fit the published schemas and the restricted standard, and come back from YAML as they were`, async t => {
    const all = await objects(t, words)
    deepEqual(all.map(object => [object.kind, faultsOf(object)]), all.map(({ kind }) => [kind, []]))
    deepEqual(JSON.parse(JSON.stringify(loadAllYaml(toYamlDocuments(all)))), all)
  })
}

test('what is printed is YAML unless JSON is asked for', async t => {
  const words = cases['one with all options']!
  equal(await printed(t, words), `${toYamlDocuments(await objects(t, words)).trimEnd()}\n`)
})

test('the judge finds a field, a type, a label and a right too many', async t => {
  const all = await objects(t, cases['one with all options']!)
  const broken = (kind: string, breaking: (object: Open) => void) => {
    const object = structuredClone(found(all, kind))
    breaking(object)
    return faultsOf(object).length
  }
  equal(broken('Deployment', ({ spec }) => { spec.template.spec.containers[0].probe = {} }), 1)
  equal(broken('Deployment', ({ spec }) => { spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation = true }), 1)
  equal(broken('Deployment', ({ spec }) => { spec.selector.matchLabels.other = 'x' }), 1)
  equal(broken('Deployment', ({ spec }) => { spec.strategy.type = 'Recreate' }), 1)
  equal(broken('Deployment', ({ spec }) => { delete spec.template.spec.topologySpreadConstraints[0].maxSkew }), 1)
  equal(broken('NetworkPolicy', ({ spec }) => { spec.egress[0].ports[0].protocol = 6 }), 1)
  equal(broken('PodDisruptionBudget', ({ metadata }) => { metadata.name = 'Mail' }), 1)
  equal(broken('ScaledObject', ({ spec }) => { spec.triggers[0].metadata.lag = '3' }), 1)
  equal(broken('ScaledObject', ({ spec }) => { spec.triggers[0].metadata.topic = 3 }), 1)
  equal(broken('ScaledObject', ({ spec }) => { spec.triggers[0].metadata.lagThreshold = '0' }), 1)
  equal(broken('TriggerAuthentication', ({ spec }) => { delete spec.secretTargetRef[0].key }), 1)
})

test('what ends is a Job, what goes on a Deployment, and --run and --start say otherwise', async t => {
  const kinds = async (...words: readonly string[]) => (await objects(t, [...words, ...plain])).map(({ kind }) => kind).filter(kind => kind === 'Job' || kind === 'Deployment')
  deepEqual(await kinds('mail.ts'), ['Deployment'])
  deepEqual(await kinds('mail.ts', '--run'), ['Job'])
  deepEqual(await kinds('report.ts', '--day', '1'), ['Job'])
  deepEqual(await kinds('report.ts', '--start', '--day', '1'), ['Deployment'])
})

test('a Job takes only 0 for complete, ends for good with items set aside or a stop, and does not count evictions', async t => {
  const { spec } = found(await objects(t, cases['one that ends']!), 'Job')
  ok(spec.template.spec.containers[0].args.includes('--until-complete'))
  deepEqual(spec.podFailurePolicy.rules[0], { action: 'FailJob', onExitCodes: { containerName: 'pipeline', operator: 'In', values: [exitCodes.itemsSetAside, exitCodes.stopped] } })
  equal(spec.podFailurePolicy.rules[1].action, 'Ignore')
  deepEqual([spec.backoffLimit, spec.ttlSecondsAfterFinished, spec.podReplacementPolicy], [2, 86_400, 'Failed'])
})

test('parameters reach the pipeline as they were given, and nothing of them is replaced', async t => {
  const { args } = found(await objects(t, cases['one that ends']!), 'Job').spec.template.spec.containers[0]
  deepEqual(args, ['run', '/app/report.ts', '--once=$(BATCHWORK_JOB)', '--grace=30s', '--until-complete', '--', '--day', '$$(DAY) "2026": \n- x'])
})

test('a new process takes part before an old one leaves, and what was at work has time to finish', async t => {
  const { spec } = found(await objects(t, ['mail.ts', ...plain, '--grace', '2m']), 'Deployment')
  deepEqual([spec.replicas, spec.strategy], [1, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }])
  ok(spec.template.spec.terminationGracePeriodSeconds > 120)
})

test('a claim that one node mounts at a time is let go by the old process before the new one starts', async t => {
  const { spec } = found(await objects(t, ['mail.ts', ...plain, '--volume', 'outbox=/data/out']), 'Deployment')
  deepEqual(spec.strategy, { type: 'Recreate' })
})

test('many processes are spread, drained one by one and share claims; one is not', async t => {
  const [many, one] = await Promise.all([objects(t, ['mail.ts', ...plain, '--processes', '5', '--shared-volume', 'outbox=/data/out']), objects(t, ['mail.ts', ...plain])])
  const { spec } = found(many, 'Deployment')
  deepEqual([spec.replicas, spec.strategy.type], [5, 'RollingUpdate'])
  deepEqual(spec.template.spec.topologySpreadConstraints.map(({ topologyKey, whenUnsatisfiable }: Open) => [topologyKey, whenUnsatisfiable]), [['kubernetes.io/hostname', 'ScheduleAnyway'], ['topology.kubernetes.io/zone', 'ScheduleAnyway']])
  deepEqual(spec.template.spec.topologySpreadConstraints[0].labelSelector, spec.selector)
  deepEqual(found(many, 'PodDisruptionBudget').spec, { maxUnavailable: 1, selector: spec.selector })
  equal(found(one, 'PodDisruptionBudget'), undefined)
  equal(found(one, 'Deployment').spec.template.spec.topologySpreadConstraints, undefined)
})

test('a Job of many processes has as many pods at once, and is complete when one of them says so', async t => {
  const { spec } = found(await objects(t, cases['one that ends and is shared by many processes']!), 'Job')
  deepEqual([spec.completions, spec.parallelism, spec.completionMode, spec.successPolicy], [8, 8, 'Indexed', { rules: [{ succeededCount: 1 }] }])
  deepEqual([spec.backoffLimitPerIndex, spec.backoffLimit], [6, undefined])
})

test('as many processes may be asked for as the address has parts', async t => {
  const engine = ['--image', 'example.org/mail:1.4', '--engine', 'kafka://kafka.default:9092/shop?parts=40']
  equal(found(await objects(t, ['mail.ts', ...engine, '--processes', '40']), 'Deployment').spec.replicas, 40)
})

test('KEDA is told of every partition where nothing may run, of whole topics where one always does, and of the most processes', async t => {
  const scaled = async (...words: readonly string[]) => found(await objects(t, ['post.ts', ...plain, '--autoscale', 'keda', ...words]), 'ScaledObject').spec
  const [one, toMany, always] = await Promise.all([scaled(), scaled('--processes', '8'), scaled('--processes', '8', '--processes-min', '2', '--lag-per-process', '7')])
  deepEqual([one.minReplicaCount, one.maxReplicaCount, one.cooldownPeriod], [0, 1, 300])
  deepEqual([toMany.minReplicaCount, toMany.maxReplicaCount, toMany.cooldownPeriod], [0, 8, 300])
  deepEqual([always.minReplicaCount, always.maxReplicaCount, always.cooldownPeriod], [2, 8, undefined])
  const retried = ({ triggers }: Open) => triggers.filter(({ metadata }: Open) => metadata.topic === 'batchwork.post.weigh.retry').map(({ metadata }: Open) => metadata.partitionLimitation)
  deepEqual(retried(one), Array.from({ length: 40 }, (_, partition) => String(partition)))
  deepEqual(retried(toMany), retried(one))
  const growing = ({ triggers }: Open) => triggers.filter(({ metadata }: Open) => metadata.lagThreshold).map(({ metadata: { topic, activationLagThreshold, lagThreshold } }: Open) => [topic, activationLagThreshold, lagThreshold])
  deepEqual(growing(one), [])
  deepEqual(growing(toMany), [['batchwork.letters', '0', '100'], ['batchwork.post.weigh', '8', '100']])
  // What the transactions of all partitions leave behind is worth no second process.
  deepEqual(growing(always), [['batchwork.letters', '0', '24'], ['batchwork.post.weigh', '8', '8']])
  deepEqual([one.triggers.length, toMany.triggers.length, always.triggers.length], [95, 96, 2])
})

test('a topic that no divided stage reads starts a process, and never asks for a second', () => {
  const two = pipeline('two', flow => {
    flow.source(topic('orders')).work('pack', order => order)
    flow.source(topic('visits')).reduce('visitors', count(), { emit: 'each-change' })
  })
  const asked = (wakes: boolean) => backlogTriggers(planFor(two, undefined, { parts: 8 }), { prefix: 'batchwork', wakes, lagPerProcess: 100 })
    .filter(({ partition }) => partition === undefined).map(trigger => [trigger.topic, trigger.lagPerProcess! > 1_000_000_000])
  deepEqual(asked(true), [['batchwork.orders', false], ['batchwork.visits', true]])
  deepEqual(asked(false), [['batchwork.orders', false]])
})

test('an autoscaler of pods goes by the CPU kept for a process, or by a metric of the cluster', async t => {
  const scaler = async (name: string) => found(await objects(t, cases[name]!), 'HorizontalPodAutoscaler').spec
  const [byCpu, byMetric] = await Promise.all([scaler('one that is scaled by CPU'), scaler('one that is scaled by a metric')])
  deepEqual(byCpu, {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'mail' }, minReplicas: 1, maxReplicas: 8,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
  })
  deepEqual([byMetric.minReplicas, byMetric.metrics], [2, [{
    type: 'External',
    external: { metric: { name: 'kafka_consumergroup_lag', selector: { matchLabels: { consumergroup: 'batchwork.mail' } } }, target: { type: 'AverageValue', averageValue: '0.5k' } },
  }]])
})

test('what scales a Deployment decides alone how many there are', async t => {
  for (const words of [['--autoscale', 'keda'], ['--autoscale', 'hpa', '--processes', '2']]) equal('replicas' in found(await objects(t, ['mail.ts', ...plain, ...words]), 'Deployment').spec, false)
})

test('secrets are named and never held', async t => {
  const all = await objects(t, cases['one with all options']!)
  const [container] = found(all, 'Deployment').spec.template.spec.containers
  deepEqual(container.env.slice(2), [
    { name: 'BATCHWORK_KAFKA_USER', valueFrom: { secretKeyRef: { name: 'kafka-login', key: 'user' } } },
    { name: 'BATCHWORK_KAFKA_PASSWORD', valueFrom: { secretKeyRef: { name: 'kafka-login', key: 'password' } } },
  ])
  deepEqual(found(all, 'TriggerAuthentication').spec.secretTargetRef, [
    { parameter: 'username', name: 'kafka-login', key: 'user' }, { parameter: 'password', name: 'kafka-login', key: 'password' }, { parameter: 'ca', name: 'kafka-ca', key: 'ca.crt' },
  ])
})

test('pods are replaced when a value changes, and only then', async t => {
  const digest = async (value: string) => found(await objects(t, ['mail.ts', ...plain, '--env', `LEVEL=${value}`]), 'Deployment').spec.template.metadata.annotations['batchwork.dev/configuration']
  const [first, same, other] = await Promise.all([digest('a'), digest('a'), digest('b')])
  equal(first, same)
  ok(first !== other)
})

test('a process connects to its brokers, name servers and what was asked for, and nobody to it', async t => {
  const { spec } = found(await objects(t, cases['one with all options']!), 'NetworkPolicy')
  deepEqual(spec.policyTypes, ['Ingress', 'Egress'])
  equal(spec.ingress, undefined)
  deepEqual(spec.egress[0], { ports: [{ protocol: 'TCP', port: 9093 }, { protocol: 'TCP', port: 9094 }], to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] })
  deepEqual(spec.egress.slice(2), [
    { ports: [{ protocol: 'TCP', port: 443 }], to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }, { ports: [{ protocol: 'TCP', port: 25 }], to: [{ ipBlock: { cidr: 'fd00::/8' } }] },
  ])
})

test('the same command prints the same, to the byte', async t => {
  const [first, second] = await Promise.all([printed(t, ['mail.ts', ...full]), printed(t, ['mail.ts', ...full])])
  equal(first, second)
  match(first, /^apiVersion: v1\nkind: ServiceAccount\n/)
})
