// Which cluster, namespace and credentials: as kubectl finds them (KUBECONFIG, ~/.kube/config), else those of the pod this runs in. The Kubernetes
// client is an optional package and is imported only here.
import { Agent, type RequestOptions } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { readFileSync } from 'node:fs'
import type { KubeConfig } from '@kubernetes/client-node'
import { BatchworkError } from '../../model/errors.ts'

export interface Connection {
  readonly server: URL
  readonly namespace: string
  /** Certificates and credentials, fresh for each request: tokens are renewed. */
  readonly options: () => Promise<RequestOptions>
}

const socketsMax = 16
const podNamespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

export async function connect(namespace: string | undefined): Promise<Connection> {
  const config = new (await client()).KubeConfig()
  try {
    config.loadFromDefault()
  } catch (error) {
    throw new BatchworkError('KUBERNETES_CONFIG', `the configuration of the cluster cannot be read: ${(error as Error).message}; check KUBECONFIG`, { cause: error })
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new BatchworkError('KUBERNETES_CONFIG', `no cluster is chosen: set KUBECONFIG, or choose a context with 'kubectl config use-context'`)
  const agent = cluster.server.startsWith('https:') ? new SecureAgent({ keepAlive: true, maxSockets: socketsMax }) : new Agent({ keepAlive: true, maxSockets: socketsMax })
  return {
    server: new URL(cluster.server),
    namespace: namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? podNamespace() ?? 'default',
    options: async () => {
      const options: RequestOptions = {}
      await config.applyToHTTPSOptions(options)
      return cluster.proxyUrl === undefined ? { ...options, agent } : options
    },
  }
}

async function client(): Promise<{ readonly KubeConfig: typeof KubeConfig }> {
  try {
    return await import('@kubernetes/client-node')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new BatchworkError('MISSING_PACKAGE', `work on Kubernetes needs the package '@kubernetes/client-node', which is not installed; install it: npm install @kubernetes/client-node`, { cause: error })
  }
}

function podNamespace(): string | undefined {
  try {
    return readFileSync(podNamespaceFile, 'utf8').trim()
  } catch {
    return undefined
  }
}
