// What `batchwork queue manifests` prints is taken by the simulated API server, which knows every field of the published OpenAPI document; by the
// restricted pod security standard; and, as YAML, is what it is as JSON.
import { deepEqual, equal, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadAllYaml } from '@kubernetes/client-node'
import { SimulatedCluster } from './simulated/cluster.ts'
import { resources } from './simulated/objects.ts'
import { restrictedViolations } from './simulated/pod-validation.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Open = any

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const given = ['--source', 'https://source.example:8080', '--image', 'example.org/worker:1', '--namespace', 'batch', '--worker', `./thumb.sh "$1" # it's`, '--memory', '512MB']

async function printed(...words: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [main, 'queue', 'manifests', ...given, ...words])).stdout
}

async function objects(...words: readonly string[]): Promise<readonly Open[]> {
  return (await printed(...words, '--json')).trim().split('\n').map(line => JSON.parse(line))
}

for (const words of [['--manager-image', 'example.org/batchwork:1'], ['--job-template'], ['--job-template', '--items-per-pod', '5'], ['--manager-image', 'example.org/batchwork:1', '--ttl', '1h'], ['--job-template', '--worker', 'true', '--worker', 'true']]) {
  test(`what manifests ${words.join(' ')} prints is accepted by the simulated API server and by the restricted standard`, async () => {
    await using cluster = await SimulatedCluster.start()
    const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8'))
    for (const object of await objects(...words)) {
      const { group, plural } = Object.values(resources).find(({ kind }) => kind === object.kind)!
      const response = await fetch(`${config.clusters[0].cluster.server}${group === '' ? '/api' : `/apis/${group}`}/v1/namespaces/batch/${plural}`, { method: 'POST', headers: { authorization: `Bearer ${config.users[0].user.token}` }, body: JSON.stringify(object) })
      deepEqual([object.kind, response.status, response.headers.get('warning')], [object.kind, 201, null], await response.text())
      if (object.spec?.template) deepEqual(restrictedViolations(object.spec.template.spec), [])
    }
  })

  test(`what manifests ${words.join(' ')} prints is the same as YAML and as JSON`, async () => {
    deepEqual(JSON.parse(JSON.stringify(loadAllYaml(await printed(...words)))), await objects(...words))
  })
}

test('the Role has the rights of a manager, and nothing of secrets', async () => {
  const role = (await objects('--manager-image', 'example.org/batchwork:1')).find(({ kind }) => kind === 'Role')
  deepEqual([...new Set(role.rules.flatMap((rule: Open) => rule.resources))], ['jobs', 'configmaps', 'pods', 'pods/log', 'events', 'leases'])
})

test('workers get no token of the cluster', async () => {
  const [, job] = await objects('--job-template')
  equal(job.spec.template.spec.automountServiceAccountToken, false)
})

test('a manager in a cluster has no files of this machine', async () => {
  const error = await promisify(execFile)(process.execPath, [main, 'queue', 'manifests', '--source', 'names.txt', '--image', 'i:1', '--manager-image', 'm:1']).then(() => undefined, (failure: Open) => failure)
  match(error.stderr, /--source is 'names.txt', but must be the address/)
})
