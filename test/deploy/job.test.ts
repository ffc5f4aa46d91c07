// What becomes of a deployed Job, by the exit codes of its process, in a simulated cluster: its Job controller is written from the documentation, and is no Kubernetes.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { configurationOf } from '../../src/deploy/configuration.ts'
import { configMap, job, serviceAccount } from '../../src/deploy/workload.ts'
import { SimulatedCluster, type ClusterOptions } from '../kubernetes/simulated/cluster.ts'
import type { Image } from '../kubernetes/simulated/kubelet.ts'
import { resources } from '../kubernetes/simulated/objects.ts'
import type { Open } from './judged.ts'

const identity = { name: 'report', pipeline: 'report', namespace: 'batch' }
const image = 'example.org/report:1'
const pod = {
  name: 'report', image, pullSecrets: [], words: ['run', '/app/report.ts', '--until-complete'], engine: 'kafka://kafka:9092', memory: '512Mi', cpu: '500m', disk: '1Gi', graceMs: 30_000, processesMax: 1,
  configuration: configurationOf({ env: [], secretEnv: [], secretFiles: [], volume: [], sharedVolume: [] }),
}
const finished = ['Complete', 'Failed']

interface Ended {
  readonly type: string
  readonly reason: string | undefined
  /** Of the process. */
  readonly starts: number
  /** Those evicted before it was started included. */
  readonly pods: number
}

interface Deployed extends ClusterOptions {
  readonly retries: number
  readonly processes?: number
}

/** Its processes end with these codes, one after the other, and then with the last again. */
function ended(codes: readonly number[], deployed: Deployed): Promise<Ended> {
  return endedAs(start => ({ exitCode: codes[Math.min(start, codes.length - 1)]! }), deployed)
}

/** `behave`: what a process does, by how many were started before it. */
async function endedAs(behave: (start: number, run: Parameters<Exclude<Image, string>>[0]) => ReturnType<Exclude<Image, string>>, { retries, processes = 1, ...options }: Deployed): Promise<Ended> {
  let starts = 0
  await using cluster = await SimulatedCluster.start({ ...options, timeScale: 0.001, images: { [image]: run => behave(starts++, run) } })
  const { promise, resolve } = Promise.withResolvers<Open>()
  cluster.store.on(resources.jobs, ({ object }) => {
    const condition = object['status']?.conditions?.find(({ type, status }: Open) => finished.includes(type) && status === 'True')
    if (condition) resolve(condition)
  })
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8'))
  for (const [path, object] of [['api/v1', serviceAccount(identity)], ['api/v1', configMap(identity, {})], ['apis/batch/v1', job(identity, { ...pod, processesMax: processes }, { retries, keptForMs: 86_400_000_000 })]] as const) {
    const { plural } = Object.values(resources).find(({ kind }) => kind === (object as Open).kind)!
    const response = await fetch(`${config.clusters[0].cluster.server}/${path}/namespaces/batch/${plural}`, { method: 'POST', headers: { authorization: `Bearer ${config.users[0].user.token}` }, body: JSON.stringify(object) })
    equal(response.status, 201, await response.text())
  }
  const { type, reason } = await promise
  return { type, reason, starts, pods: cluster.kubelet.podsRun }
}

const { complete, couldNotRun, itemsSetAside, stopped, terminated } = exitCodes

test('a Job whose run is complete is Complete', async () => {
  const { type, starts } = await ended([complete], { retries: 6 })
  deepEqual([type, starts], ['Complete', 1])
})

test('a Job goes on in another pod while its process ends with what another can mend', async () => {
  const { type, starts } = await ended([couldNotRun, 137, terminated, complete], { retries: 6 })
  deepEqual([type, starts], ['Complete', 4])
})

for (const [what, code] of [['items are set aside', itemsSetAside], ['the run is stopped', stopped]] as const) {
  test(`a Job fails at once when ${what}, and no other pod is started`, async () => {
    deepEqual(await ended([code], { retries: 6 }), { type: 'Failed', reason: 'PodFailurePolicy', starts: 1, pods: 1 })
  })
}

test('a Job fails when more pods failed than may', async () => {
  deepEqual(await ended([couldNotRun], { retries: 2 }), { type: 'Failed', reason: 'BackoffLimitExceeded', starts: 3, pods: 3 })
})

test('of several processes the first that finds the run complete completes the Job, and the others are ended', async () => {
  const goesOn = (signal: AbortSignal) => new Promise<{ readonly exitCode: number }>(resolve => signal.addEventListener('abort', () => resolve({ exitCode: terminated })))
  const { type, reason, starts } = await endedAs((start, { signal }) => (start === 2 ? { exitCode: complete } : goesOn(signal)), { retries: 6, processes: 3 })
  deepEqual([type, reason, starts], ['Complete', 'SuccessPolicy', 3])
})

test('a process that fails too often leaves the run to the others', async () => {
  const others = Promise.withResolvers<void>()
  let failures = 0
  const fails = () => {
    if (++failures === 3) others.resolve()
    return { exitCode: couldNotRun }
  }
  const { type, starts } = await endedAs((_, { pod: { metadata } }) => (
    metadata.annotations!['batch.kubernetes.io/job-completion-index'] === '0' ? fails() : others.promise.then(() => ({ exitCode: complete }))
  ), { retries: 2, processes: 2 })
  deepEqual([type, starts], ['Complete', 4])
})

test('all pods of a Job call their run by the same name', async () => {
  const names = new Set<string>()
  await endedAs((start, { environment, container }) => {
    names.add(environment['BATCHWORK_JOB']!)
    ok(container.args.includes('--once=$(BATCHWORK_JOB)'))
    return { exitCode: start < 3 ? couldNotRun : complete }
  }, { retries: 6, processes: 2 })
  equal(names.size, 1)
  match([...names][0]!, /^[0-9a-f-]{36}$/)
})

test('the Job fails when none of its processes may fail again', async () => {
  deepEqual(await ended([couldNotRun], { retries: 1, processes: 2 }), { type: 'Failed', reason: 'FailedIndexes', starts: 4, pods: 4 })
})

test('a Job of several processes fails at once when one says that the run is stopped', async () => {
  const { type, reason } = await ended([stopped], { retries: 6, processes: 2 })
  deepEqual([type, reason], ['Failed', 'PodFailurePolicy'])
})

/** The simulated cluster was once seen to stand still here, on a machine with ten times the work it could do: another one is asked then. */
const standsStillMs = 20_000

async function endedInOneOf(seeds: readonly number[]): Promise<Ended> {
  const [seed, ...others] = seeds
  const still = new AbortController()
  const standsStill = setTimeout(standsStillMs, undefined, { signal: still.signal }).catch(() => undefined)
  const found = await Promise.race([ended([complete], { retries: 0, rates: { evict: 0.8 }, seed: seed! }), standsStill])
  still.abort()
  if (found) return found
  ok(others.length > 0, 'no Job came to an end')
  return endedInOneOf(others)
}

test('a Job that may not fail once goes on when its pods are evicted', async () => {
  const { type, starts, pods } = await endedInOneOf([3, 4, 5])
  deepEqual([type, starts], ['Complete', 1])
  ok(pods > 1, 'no pod was evicted')
})
