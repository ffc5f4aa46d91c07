// What `batchwork deploy` prints is what an API server takes, says the same as YAML and as JSON, and has no secret in it.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { loadAllYaml } from '@kubernetes/client-node'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { Workplace } from '../cli/workplace.ts'
import { faultsOf, type Open } from './judged.ts'
import { files, mail, report } from './pipelines.ts'

const secured = [
  '--engine', 'kafka+tls://kafka.default:9093,two.example:9094/shop?mechanism=SCRAM-SHA-512&ca=/certificates/ca.crt',
  '--secret-env', 'BATCHWORK_KAFKA_USER=kafka-login:user', '--secret-env', 'BATCHWORK_KAFKA_PASSWORD=kafka-login:password', '--secret-files', 'kafka-ca=/certificates',
]
const plain = ['--image', 'example.org/mail:1.4', '--engine', 'kafka://kafka.default:9092']
const full = ['--image', 'example.org:5000/team/mail:1.4', ...secured, '--autoscale', 'keda', '--cooldown', '2m', '--namespace', 'batch', '--name', 'mail-out', '--env', 'LEVEL=no', '--env', 'GREETING=a: "b" # $(HOME)\n- c',
  '--egress', '0.0.0.0/0:443', '--egress', '[fd00::/8]:25', '--broker-network', '10.0.0.0/8', '--volume', 'outbox=/data/out', '--pull-secret', 'registry']

const cases: Readonly<Record<string, readonly string[]>> = {
  'a pipeline that goes on': ['mail.ts', ...plain],
  'one with all options': ['mail.ts', ...full],
  'one that ends': ['report.ts', ...plain, '--retries', '2', '--keep-for', '1d', '--day', '$(DAY) "2026": \n- x'],
  'one that ends and leaves files': ['files.ts', ...plain, '--volume', 'reports=/scratch/out'],
}

async function printed(t: TestContext, words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Workplace(t, { 'mail.ts': mail, 'report.ts': report, 'files.ts': files }).run(['deploy', ...words])
  equal(code, 0, stderr)
  return stdout
}

async function objects(t: TestContext, words: readonly string[]): Promise<readonly Open[]> {
  return (await printed(t, [...words, '--json'])).trim().split('\n').map(line => JSON.parse(line))
}

const found = (all: readonly Open[], kind: string): Open => all.find(object => object.kind === kind)

for (const [name, words] of Object.entries(cases)) {
  test(`the manifests of ${name} fit the published schemas and the restricted standard, and are the same as YAML`, async t => {
    const all = await objects(t, words)
    deepEqual(all.map(object => [object.kind, faultsOf(object)]), all.map(({ kind }) => [kind, []]))
    deepEqual(JSON.parse(JSON.stringify(loadAllYaml(await printed(t, words)))), all)
  })
}

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
  equal(broken('NetworkPolicy', ({ spec }) => { spec.egress[0].ports[0].protocol = 6 }), 1)
  equal(broken('PodDisruptionBudget', ({ metadata }) => { metadata.name = 'Mail' }), 1)
  equal(broken('ScaledObject', ({ spec }) => { spec.triggers[0].metadata.lag = '3' }), 1)
  equal(broken('ScaledObject', ({ spec }) => { spec.triggers[0].metadata.topic = 3 }), 1)
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
  deepEqual(args, ['run', '/app/report.ts', '--grace=30s', '--until-complete', '--', '--day', '$$(DAY) "2026": \n- x'])
})

test('one process at a time: the old one is gone before the new one starts', async t => {
  const { spec } = found(await objects(t, ['mail.ts', ...plain]), 'Deployment')
  deepEqual([spec.replicas, spec.strategy], [1, { type: 'Recreate' }])
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
