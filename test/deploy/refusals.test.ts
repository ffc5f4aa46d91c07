// What `batchwork deploy` does not print: names, quantities and values that a cluster would refuse or take for something else, secrets in plain text, and
// pipelines that would lose something in a cluster.
import { deepEqual, doesNotMatch, equal, match, throws } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { loadAllYaml } from '@kubernetes/client-node'
import { count, items, pipeline, topic } from 'batchwork'
import { processesOf, type ProcessFlags } from '../../src/cli/deploy-processes.ts'
import { planFor } from '../../src/client/run-pipeline.ts'
import { backlogTriggers } from '../../src/deploy/backlog-triggers.ts'
import { brokersOf } from '../../src/deploy/brokers.ts'
import { configurationOf } from '../../src/deploy/configuration.ts'
import { checkCpu, checkFolder, checkImage, checkMemory, checkMetric, checkMetricLabel, checkName, checkNamespace, checkNetwork, checkPerProcess, nameFrom } from '../../src/deploy/names-and-quantities.ts'
import { destinationOf } from '../../src/deploy/network-policy.ts'
import { checkLanes } from '../../src/deploy/processes.ts'
import { toYamlDocuments } from '../../src/queue/kubernetes/yaml.ts'
import { Workplace } from '../cli/workplace.ts'
import { isLabel } from '../kubernetes/simulated/metadata-validation.ts'
import { files, mail, report, totals, twoReaders } from './pipelines.ts'

const given = { env: [], secretEnv: [], secretFiles: [], volume: [], sharedVolume: [] }
const none = configurationOf(given)

const wrong: Readonly<Record<string, readonly [check: (text: string) => unknown, good: readonly string[], bad: readonly string[]]>> = {
  name: [text => checkName('--name', text), ['a', 'mail-2'], ['', 'Mail', 'mail_2', '-a', 'a-', '2a', 'a.b', 'a'.repeat(53), 'a\nb: c', 'ä']],
  namespace: [checkNamespace, ['default', '2'], ['', 'kube system', 'a.b', 'x'.repeat(64), 'a\n---']],
  image: [checkImage, ['mail:1', 'example.org:5000/a/b_c:v1.2', `mail@sha256:${'a'.repeat(64)}`], ['', 'mail', 'mail:latest', 'example.org/mail', 'a b:1', 'mail:1\nargs: x', '-a:1', 'mail:1@sha256:1', `${'a'.repeat(600)}:1`]],
  memory: [text => checkMemory('--memory', text, 2 ** 26), ['64Mi', '1.5Gi', '200000000'], ['', '512MB', '1', '-1Gi', '1e3Gi', 'Gi', '500m', 'NaN', '1Gi\n', '63Mi']],
  cpu: [text => checkCpu('--cpu', text), ['1', '0.5', '500m'], ['', '0', '1m', '-1', '1.5m', 'two', '0.0001', '1\n']],
  folder: [text => checkFolder('--volume', text), ['/data', '/srv/out.d'], ['', '/', 'data', '/a/../b', '/a/', '/a:b', '/a b', '/a\n']],
  network: [text => checkNetwork('--egress', text), ['10.0.0.0/8', '::/0'], ['', '10.0.0.0', '10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'example.org/8', '1.2.3.4/8/8', 'fe80::1%eth0/64', '10.0.0.0/8\n']],
  destination: [destinationOf, ['10.0.0.0/8', '10.0.0.0/8:5432', 'fd00::/8', '[fd00::/8]:25'], ['10.0.0.0/8:0', '10.0.0.0/8:70000', '10.0.0.0:80', '[fd00::/8', 'fd00::/8:25x', 'example.org:443']],
  variable: [text => configurationOf({ ...given, env: [text] }), ['A=', 'A=b=c', 'A=no', 'A=\n- x'], ['A', '=b', '1A=b', 'A B=c', 'A-B=c', 'A=\u0000', 'A=\u0085', 'A=\u2028', 'A=\ud800', 'A=\u001b[2J', 'HOME=/x', 'BATCHWORK_ENGINE=x']],
  'variable that names a secret': [text => configurationOf({ ...given, env: [text] }), ['TOKENIZER=x', 'PASSWORDLESS=1'], ['PASSWORD=x', 'DB_PASSWORD=x', 'GITHUB_TOKEN=x', 'Api_Key=x']],
  'reference to a secret': [text => configurationOf({ ...given, secretEnv: [text] }), ['A=s:k', 'A=my.secret:tls.key'], ['A', 'A=s', 'A=s:', 'A=:k', 'A=S:k', 'A=s:k:k', 'A=s:k\n', 'A=s/../x:k', 'HOME=s:k']],
  mount: [text => configurationOf({ ...given, secretFiles: [text] }), ['s=/a'], ['s', '=/a', 's=a', 'S=/a', 's=/scratch', 's=/a\nb']],
  metric: [checkMetric, ['kafka_consumergroup_lag', 'a:b.c-d'], ['', '1a', 'a b', 'a/b', 'ä', 'a\n']],
  'label of a metric': [text => checkMetricLabel(['topic', text]), ['', 'batchwork.mail', 'a_B-1'], ['-a', 'a.', 'a b', 'a/b', 'x'.repeat(64), 'a\n']],
  'how much of a metric': [checkPerProcess, ['1', '0.5', '2k', '500m'], ['', '0', '0.0', '-1', '1Gi', '1e3', 'x', '1\n']],
  engine: [text => brokersOf(text, none), ['kafka://k', 'kafka://k?parts=1000', 'kafka+tls://a:1,b:2/shop?replication=3', 'kafka+tls://a?ca=/c/ca.crt&mechanism=PLAIN'], [
    '', '/tmp/x', 'embedded', 'kafka://u:p@k', 'kafka://u@k', 'kafka://k?password=x', 'kafka://k?user=x', 'kafka://k?a=1&token=x', 'kafka://localhost:9092', 'kafka://127.0.0.1', 'kafka://[::1]:9092', 'kafka://k:99999', 'kafka://k/a b',
    'kafka://k?ca=ca.crt', 'kafka://k\n/x', 'kafka://k?colour=red', 'kafka://k?parts=0', 'kafka://k?parts=1001', 'kafka://a"b:9092',
  ]],
}

for (const [what, [check, good, bad]] of Object.entries(wrong)) {
  test(`${what}: what is none is refused, and what is one is taken`, () => {
    for (const text of good) check(text)
    for (const text of bad) throws(() => check(text), ({ code }: { readonly code: string }) => ['OPTION', 'USAGE', 'ENGINE'].includes(code), `${JSON.stringify(text)} was taken`)
  })
}

test('a secret that was given where its name belongs is not repeated', () => {
  for (const word of ['A=hunter2', 'A=Hunter2:Geheim!', 'hunter2']) throws(() => configurationOf({ ...given, secretEnv: [word] }), ({ message }: Error) => !/hunter2|Geheim/i.test(message))
  throws(() => configurationOf({ ...given, env: ['DB_PASSWORD=hunter2'] }), ({ message }: Error) => !message.includes('hunter2'))
  throws(() => brokersOf('kafka://ada:hunter2@k', none), ({ message }: Error) => !message.includes('hunter2'))
})

test('a variable or a folder that is given twice is refused', () => {
  throws(() => configurationOf({ ...given, env: ['A=1'], secretEnv: ['A=s:k'] }), { message: /variable A is given twice/ })
  throws(() => configurationOf({ ...given, volume: ['c=/a'], secretFiles: ['s=/a'] }), { message: /folder \/a is given twice/ })
})

test('of any name of a pipeline a name of objects is made, or none', () => {
  equal(nameFrom('Daily Report!'), 'daily-report')
  equal(nameFrom('日報'), undefined)
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
    const name = nameFrom(text)
    return name === undefined || (isLabel(name) && checkName('name', name) === name)
  }))
})

test('any value that is taken comes back from the YAML as it was', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), value => {
    let taken
    try {
      taken = configurationOf({ ...given, env: [`A=${value}`] })
    } catch {
      return
    }
    deepEqual(loadAllYaml(toYamlDocuments([{ data: Object.fromEntries(taken.values) }, { last: 'document' }])), [{ data: { A: value } }, { last: 'document' }])
  }), { numRuns: 500 })
})

const one: ProcessFlags = { processes: 1, autoscale: 'none', metricLabel: [] }
const together: readonly (readonly [what: string, flags: Partial<ProcessFlags>, message: RegExp])[] = [
  ['no process', { processes: 0 }, /--processes is 0, but must be at least 1/],
  ['an autoscaler that there is not', { autoscale: 'vpa' }, /'keda', 'hpa' or 'none'/],
  ['the fewest without an autoscaler', { processesMin: 1 }, /--processes-min is for --autoscale keda or hpa; give both, or none/],
  ['a cooldown by CPU', { autoscale: 'hpa', processes: 2, cooldown: '1m' }, /--cooldown is for --autoscale keda/],
  ['lag by CPU', { autoscale: 'hpa', processes: 2, lagPerProcess: 5 }, /--lag-per-process is for --autoscale keda/],
  ['CPU by lag', { autoscale: 'keda', cpuPercent: 5 }, /--cpu-percent is for --autoscale hpa/],
  ['a metric by lag', { autoscale: 'keda', metric: 'a=1' }, /--metric is for --autoscale hpa/],
  ['a label without a metric', { autoscale: 'hpa', processes: 2, metricLabel: ['a=b'] }, /--metric-label is for --metric/],
  ['CPU and a metric', { autoscale: 'hpa', processes: 2, metric: 'a=1', cpuPercent: 5 }, /give one of them/],
  ['a label given twice', { autoscale: 'hpa', processes: 2, metric: 'a=1', metricLabel: ['a=b', 'a=c'] }, /--metric-label a is given twice/],
  ['a metric without how much', { autoscale: 'hpa', processes: 2, metric: 'lag' }, /such as 'kafka_consumergroup_lag=100'/],
  ['an autoscaler of pods from none', { autoscale: 'hpa', processes: 2, processesMin: 0 }, /cannot tell when to start the first; 'keda' can/],
  ['an autoscaler of pods with one', { autoscale: 'hpa' }, /there is nothing between them for --autoscale hpa; give --processes above 1/],
  ['a fewest as great as the most', { autoscale: 'keda', processes: 3, processesMin: 3 }, /--processes is 3 and --processes-min 3/],
  ['a cooldown of what is never stopped', { autoscale: 'keda', processes: 3, processesMin: 1, cooldown: '1m' }, /with --processes-min 1 it never is/],
  ['no lag for a process', { autoscale: 'keda', processes: 3, lagPerProcess: 0 }, /--lag-per-process is 0, but must be a whole number of records/],
  ['no CPU for a process', { autoscale: 'hpa', processes: 3, cpuPercent: 0 }, /in percent of --cpu/],
]

test('options of processes that do not fit each other are refused, with what to do', () => {
  for (const [what, flags, message] of together) throws(() => processesOf('deployment', { ...one, ...flags }), { message }, what)
})

test('where no stage can be divided, and where shards are the lanes, more processes are refused with the reason', () => {
  const sums = pipeline('sums', flow => void flow.source('numbers', items([1])).reduce('count', count()))
  const regions = pipeline('regions', flow => void flow.source('orders', items([{ region: 'north' }])).shard('by region', { by: order => order.region, shards: 3, spillAbove: 'never' }).work('pack', order => order))
  const check = (of: typeof sums, processes: number) => checkLanes(planFor(of, undefined, { parts: 8 }), processes, 8)
  check(sums, 1)
  throws(() => check(sums, 2), { message: /no stage of pipeline 'sums' can be divided: .*leave --processes out/ })
  check(regions, 3)
  throws(() => check(regions, 4), { message: /'pack', has 3 lanes.*give its sharder more shards, or give --processes 3/ })
})

test('lag of more partitions than can be asked for is refused, unless one process always runs', () => {
  const long = pipeline('long', flow => void Array.from({ length: 6 }).reduce<any>((stream, _, index) => stream.work(`step ${index}`, (item: unknown) => item), flow.source(topic('orders'))))
  const triggers = (wakes: boolean) => backlogTriggers(planFor(long, undefined, { parts: 8 }), { prefix: 'batchwork', wakes, lagPerProcess: 100 })
  throws(() => triggers(true), { message: /at most 200 are; give --processes above 1 and --processes-min 1, which asks for whole topics/ })
  equal(triggers(false).length, 6)
})

const common = ['--image', 'mail:1', '--engine', 'kafka://kafka:9092']
const refused: Readonly<Record<string, readonly [words: readonly string[], message: RegExp]>> = {
  'more processes than lanes': [['mail.ts', ...common, '--processes', '9'], /--processes is 9, but the widest stage of pipeline 'mail', 'check', has 8 lanes.*parts=9.*or give --processes 8/],
  'a file of many processes on a claim of one node': [['mail.ts', ...common, '--volume', 'out=/scratch/out', '--processes', '2'], /where its access mode is ReadWriteMany, give it as --shared-volume out=\/scratch\/out/],
  'scaling by lag of what has two readers': [['two.ts', ...common, '--autoscale', 'keda'], /topic 'orders' is read by 'bill' and 'pack'/],
  'scaling by lag of a source that has none': [['report.ts', ...common, '--start', '--autoscale', 'keda', '--day', '1'], /what is left of it is no lag/],
  'a cooldown shorter than the time between results': [['totals.ts', ...common, '--autoscale', 'keda'], /gives results every 10m, and would be stopped before; or give a longer --cooldown/],
  'scaling of a Job': [['report.ts', ...common, '--autoscale', 'keda', '--day', '1'], /--autoscale is for a pipeline that does not end/],
  'a file that would go with its pod': [['files.ts', ...common], /writes the file \/scratch\/out\/numbers.jsonl, which goes with its pod/],
  'a login of KEDA without a Secret': [['mail.ts', ...common.slice(0, 2), '--engine', 'kafka://kafka:9092?mechanism=PLAIN', '--autoscale', 'keda'], /give --secret-env BATCHWORK_KAFKA_USER=SECRET:KEY/],
  'no engine': [['mail.ts', '--image', 'mail:1'], /--engine is missing/],
  'a parameter that the pipeline does not have': [['mail.ts', ...common, '--retires', '3'], /did you mean --retries\?/],
}

async function deployed(t: TestContext, words: readonly string[]) {
  return new Workplace(t, { 'mail.ts': mail, 'report.ts': report, 'files.ts': files, 'two.ts': twoReaders, 'totals.ts': totals }).run(['deploy', ...words])
}

for (const [what, [words, message]] of Object.entries(refused)) {
  test(`${what} is refused, with what to do, and nothing is printed`, async t => {
    const { code, stdout, stderr } = await deployed(t, words)
    equal(code, 1)
    equal(stdout, '')
    match(stderr, message)
    doesNotMatch(stderr, /\n {4}at /)
  })
}

test('a file that is not below the folder needs --path, for where it is in the image cannot be told', async t => {
  const place = new Workplace(t, { 'mail.ts': mail })
  const deploy = (...words: readonly string[]) => place.run(['deploy', `${place.folder}/mail.ts`, ...common, ...words])
  const [without, relative, given] = await Promise.all([deploy(), deploy('--path', 'app/mail.ts'), deploy('--path', '/srv/mail.ts', '--json')])
  match(without.stderr, /--path is missing: .* Such as --path \/app\/mail\.ts/)
  match(relative.stderr, /--path is 'app\/mail\.ts', but must be the absolute path/)
  match(given.stdout, /"args":\["start","\/srv\/mail\.ts"/)
})

test('a cooldown longer than the time between results is taken', async t => {
  const { code, stdout } = await deployed(t, ['totals.ts', ...common, '--autoscale', 'keda', '--cooldown', '11m', '--json'])
  equal(code, 0)
  match(stdout, /"cooldownPeriod":660/)
})
