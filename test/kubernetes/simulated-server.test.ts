// That the simulated API server refuses what a real one refuses, with the same status and reason; and that kubectl, written by others, gets on with it.
import { deepEqual, equal, match } from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../needs.ts'
import { namespace, SimulatedCluster } from './simulated/cluster.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Open = any

const container = { name: 'worker', image: 'example.org/worker:1' }

function job(spec: Open = {}, metadata: Open = {}): Open {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job', ...metadata }, spec: { completionMode: 'Indexed', completions: 2, template: { spec: { restartPolicy: 'Never', containers: [container] } }, ...spec } }
}

function configMap(content: Open = {}): Open {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, ...content }
}

interface Answer {
  readonly status: number
  readonly body: Open
}

async function ask(cluster: SimulatedCluster, method: string, path: string, body?: Open, headers: Record<string, string> = {}): Promise<Answer> {
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8'))
  const response = await fetch(config.clusters[0].cluster.server + path, {
    method, headers: { authorization: `Bearer ${config.users[0].user.token}`, 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json', ...headers }, ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`
const maps = `/api/v1/namespaces/${namespace}/configmaps`

const refusals: readonly (readonly [what: string, path: string, body: Open, status: number, reason: string, field: RegExp])[] = [
  ['an unknown field', jobs, job({ paralellism: 3 }), 400, 'BadRequest', /unknown field "spec.paralellism"/],
  ['a field of the wrong type', jobs, job({ parallelism: '3' }), 400, 'BadRequest', /spec.parallelism: expected a number/],
  ['another kind', jobs, configMap(), 400, 'BadRequest', /cannot be handled as a Job/],
  ['a name in capitals', jobs, job({}, { name: 'Job' }), 422, 'Invalid', /metadata.name/],
  ['a name too long for the host names of pods', jobs, job({}, { name: 'j'.repeat(62) }), 422, 'Invalid', /metadata.name/],
  ['a label with a blank', jobs, job({}, { labels: { a: 'b c' } }), 422, 'Invalid', /metadata.labels/],
  ['annotations above 256 KiB', jobs, job({}, { annotations: { a: 'x'.repeat(262_145) } }), 422, 'Invalid', /metadata.annotations/],
  ['an Indexed Job without completions', jobs, job({ completions: undefined }), 422, 'Invalid', /spec.completions/],
  ['a budget for each index where there are none', jobs, job({ completionMode: 'NonIndexed', backoffLimitPerIndex: 1 }), 422, 'Invalid', /spec.backoffLimitPerIndex/],
  ['FailIndex without that budget', jobs, job({ podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [65] } }] } }), 422, 'Invalid', /rules\[0\].action/],
  ['exit code 0 in a rule', jobs, job({ podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [0] } }] } }), 422, 'Invalid', /values\[0\]/],
  ['more than 20 rules', jobs, job({ podFailurePolicy: { rules: Array.from({ length: 21 }, () => ({ action: 'Ignore', onExitCodes: { operator: 'In', values: [1] } })) } }), 422, 'Invalid', /Too many: 21/],
  ['restarts within pods under a failure policy', jobs, job({ podFailurePolicy: { rules: [] }, template: { spec: { restartPolicy: 'OnFailure', containers: [container] } } }), 422, 'Invalid', /restartPolicy/],
  ['a pod that always restarts', jobs, job({ template: { spec: { restartPolicy: 'Always', containers: [container] } } }), 422, 'Invalid', /restartPolicy/],
  ['a mount of no volume', jobs, job({ template: { spec: { restartPolicy: 'Never', containers: [{ ...container, volumeMounts: [{ name: 'items', mountPath: '/items' }] }] } } }), 422, 'Invalid', /volumeMounts\[0\].name/],
  ['a quantity that is none', jobs, job({ template: { spec: { restartPolicy: 'Never', containers: [{ ...container, resources: { limits: { memory: '1GB' } } }] } } }), 422, 'Invalid', /limits\[memory\]/],
  ['a ConfigMap above 1 MiB', maps, configMap({ data: { a: 'x'.repeat(1_048_577) } }), 422, 'Invalid', /Too long/],
  ['a key with a slash', maps, configMap({ data: { 'a/b': '' } }), 422, 'Invalid', /data\[a\/b\]/],
]

for (const [what, path, body, status, reason, field] of refusals) {
  test(`the simulated API server refuses ${what} with ${status} ${reason}`, async () => {
    await using cluster = await SimulatedCluster.start()
    const answer = await ask(cluster, 'POST', path, body)
    deepEqual([answer.status, answer.body.kind, answer.body.reason, answer.body.code], [status, 'Status', reason, status])
    match(answer.body.message, field)
    if (status === 422) equal(answer.body.details.causes.length > 0, true)
  })
}

test('the simulated API server refuses a name that is taken, a stale version, and what may not change', async () => {
  await using cluster = await SimulatedCluster.start()
  const { body: created } = await ask(cluster, 'POST', jobs, job({ parallelism: 0 }))
  equal((await ask(cluster, 'POST', jobs, job())).body.reason, 'AlreadyExists')
  equal((await ask(cluster, 'PATCH', `${jobs}/job`, { metadata: { resourceVersion: '1' }, spec: { parallelism: 0 } })).body.reason, 'Conflict')
  const changed = await ask(cluster, 'PATCH', `${jobs}/job`, { spec: { completions: 9 } })
  deepEqual([changed.status, changed.body.details.causes[0].field], [422, 'spec.completions'])
  equal((await ask(cluster, 'DELETE', `${jobs}/job`, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'another' } })).status, 409)
  equal((await ask(cluster, 'DELETE', `${jobs}/job`, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: created.metadata.uid } })).status, 200)
  equal((await ask(cluster, 'GET', `${jobs}/job`)).body.reason, 'NotFound')
})

test('the simulated API server lets nobody in without a token, and nobody do what no rule allows', async () => {
  await using cluster = await SimulatedCluster.start({ rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }] })
  equal((await ask(cluster, 'GET', maps, undefined, { authorization: '' })).status, 401)
  equal((await ask(cluster, 'GET', maps)).status, 200)
  deepEqual([(await ask(cluster, 'POST', maps, configMap())).status, (await ask(cluster, 'GET', `/api/v1/namespaces/${namespace}/secrets`)).status], [403, 403])
})

test('the simulated API server lists by pages, and answers 410 for what it has forgotten', async () => {
  await using cluster = await SimulatedCluster.start()
  for (const name of ['a', 'b', 'c']) await ask(cluster, 'POST', maps, configMap({ metadata: { name } }))
  const first = await ask(cluster, 'GET', `${maps}?limit=2`)
  deepEqual([first.body.items.length, first.body.metadata.remainingItemCount], [2, 1])
  const second = await ask(cluster, 'GET', `${maps}?limit=2&continue=${first.body.metadata.continue}`)
  deepEqual(second.body.items.map((item: Open) => item.metadata.name), ['c'])
  await ask(cluster, 'POST', maps, configMap({ metadata: { name: 'd' } }))
  cluster.store.compact()
  equal((await ask(cluster, 'GET', `${maps}?limit=2&continue=${first.body.metadata.continue}`)).status, 410)
  const watched = await ask(cluster, 'GET', `${maps}?watch=true&resourceVersion=${first.body.metadata.resourceVersion}`)
  deepEqual([watched.body.type, watched.body.object.code, watched.body.object.reason], ['ERROR', 410, 'Expired'])
})

test('kubectl creates, lists, patches and deletes on the simulated API server', { skip: needs('kubectl', 'openssl') }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulated-tls-'))
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=simulated', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(folder, 'key'), '-out', join(folder, 'cert')], { stdio: 'ignore' })
    const tls = { key: readFileSync(join(folder, 'key'), 'utf8'), cert: readFileSync(join(folder, 'cert'), 'utf8') }
    await using cluster = await SimulatedCluster.start({ tls })
    const kubectl = async (...words: string[]): Promise<string> => (await promisify(execFile)('kubectl', [...words, '--cache-dir', folder], { env: { ...process.env, KUBECONFIG: cluster.kubeconfig } })).stdout
    writeFileSync(join(folder, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [configMap({ data: { a: 'b' } }), job({ parallelism: 0 })] }))
    match(await kubectl('create', '--validate=false', '-f', join(folder, 'objects.json')), /configmap\/map created\njob.batch\/job created/)
    match(await kubectl('get', 'configmaps,jobs,leases', '-o', 'name'), /configmap\/map/)
    equal(await kubectl('patch', 'configmap', 'map', '--type=merge', '-p', '{"data":{"a":"c"}}', '-o', 'jsonpath={.data.a}'), 'c')
    match(await kubectl('delete', 'configmap', 'map', '--wait=false'), /deleted/)
    equal(await kubectl('get', 'configmaps', '-o', 'name'), '')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
