// A whole simulated cluster: API server, Job controller, garbage collector and kubelet over one store. Simulated, always called so: it follows
// the documented protocol as strictly as we could, and is no Kubernetes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Access, type Rule } from './access.ts'
import { calm, Faults, type FaultRates } from './faults.ts'
import { GarbageCollector } from './garbage-collector.ts'
import { JobController } from './job-controller.ts'
import { Kubelet, type ContainerRun, type Image } from './kubelet.ts'
import { ApiServer, type RequestHook } from './server.ts'
import { Store } from './store.ts'

export interface ClusterOptions {
  /** Images by name: a function, or 'processes' to run the container's command. */
  readonly images?: Readonly<Record<string, Image>>
  /** What the product's token may do; all when absent. */
  readonly rules?: readonly Rule[] | undefined
  readonly rates?: FaultRates
  readonly seed?: number
  /** How fast the cluster's own times pass: 0.01 makes a back-off of 10 s one of 100 ms. */
  readonly timeScale?: number
  readonly historyMax?: number
  readonly jobsMax?: number
  readonly isRestricted?: boolean
  readonly cpuMax?: number
  readonly bookmarkEveryMs?: number
  readonly onRequest?: RequestHook
  readonly onStart?: (run: ContainerRun) => void
  readonly tls?: { readonly key: string; readonly cert: string }
}

export const namespace = 'batch'
const token = 'simulated-token'

export class SimulatedCluster {
  readonly store: Store
  readonly api: ApiServer
  readonly kubelet: Kubelet
  readonly faults: Faults
  readonly access = new Access()
  /** Path of a file for KUBECONFIG. */
  kubeconfig = ''
  #folder = ''
  readonly #controller: JobController
  readonly #collector: GarbageCollector
  readonly #tls: ClusterOptions['tls']

  private constructor(options: ClusterOptions) {
    const { timeScale = 0.01 } = options
    this.#tls = options.tls
    this.store = new Store(options.historyMax ?? 20_000)
    this.faults = new Faults(options.rates ?? calm, options.seed ?? 1)
    this.access.add(token, { name: 'system:serviceaccount:batch:batchwork-queue', rules: options.rules })
    this.#controller = new JobController({ store: this.store, namespace, timeScale, isRestricted: options.isRestricted ?? true, isDoubled: () => this.faults.happens('double') })
    this.#collector = new GarbageCollector(this.store, timeScale)
    this.kubelet = new Kubelet({ store: this.store, faults: this.faults, timeScale, images: options.images ?? {}, onStart: options.onStart ?? (() => {}), cpuMax: options.cpuMax ?? 64 })
    this.api = new ApiServer({
      store: this.store, access: this.access, faults: this.faults, namespace, jobsMax: options.jobsMax, bookmarkEveryMs: options.bookmarkEveryMs ?? 1000, onRequest: options.onRequest ?? (() => {}), tls: options.tls,
    })
  }

  static async start(options: ClusterOptions = {}): Promise<SimulatedCluster> {
    const cluster = new SimulatedCluster(options)
    const server = await cluster.api.listen()
    cluster.#folder = mkdtempSync(join(tmpdir(), 'simulated-cluster-'))
    cluster.kubeconfig = join(cluster.#folder, 'kubeconfig.json')
    writeFileSync(cluster.kubeconfig, JSON.stringify(configOf(server, cluster.#tls?.cert)))
    return cluster
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.stop()
    this.#collector.stop()
    await this.kubelet.stop()
    await this.api.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function configOf(server: string, certificate: string | undefined): object {
  const cluster = { server, 'insecure-skip-tls-verify': certificate === undefined, ...(certificate && { 'certificate-authority-data': Buffer.from(certificate).toString('base64') }) }
  return {
    apiVersion: 'v1', kind: 'Config', 'current-context': 'simulated',
    clusters: [{ name: 'simulated', cluster }], users: [{ name: 'product', user: { token } }],
    contexts: [{ name: 'simulated', context: { cluster: 'simulated', user: 'product', namespace } }],
  }
}
