// What a cluster needs for a queue's manager to run in it: an account, a Role with the manager's rights and no other, and a Deployment of one.
import { labelsOf, checkQueueName } from './labels.ts'
import { OptionError } from '../../model/errors.ts'

export interface ManagerOptions {
  /** Of the queue. */
  readonly name: string
  readonly namespace: string
  /** With batchwork and @kubernetes/client-node in it; its entrypoint is `batchwork`. */
  readonly managerImage: string
  /** Of `batchwork queue`, without the executor and the name. */
  readonly queueArguments: readonly string[]
  /** Variables of the manager, which it gives to workers. In plain text in the Deployment. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** Of the manager. */
  readonly memoryBytes?: number | undefined
}

/** All a manager may do, in its one namespace. No secrets. */
export const rulesOfManager = [
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'get', 'list', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'update'] },
] as const

const userId = 65_532
const managerMemoryBytes = 402_653_184

/** ServiceAccount, Role, RoleBinding and Deployment, in the order to apply them. Throws OptionError for a name that is none. */
export function managerManifests(options: ManagerOptions): readonly object[] {
  checkQueueName(options.name)
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(options.namespace)) throw new OptionError('namespace', options.namespace, "a namespace's name: lower case letters, digits and '-'")
  const name = `${options.name}-manager`
  const metadata = { name, namespace: options.namespace, labels: labelsOf(options.name, 'manager') }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: rulesOfManager },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }, subjects: [{ kind: 'ServiceAccount', name, namespace: options.namespace }] },
    deployment(options, metadata),
  ]
}

function deployment(options: ManagerOptions, metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }): object {
  const { labels } = metadata
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    // Recreate: the old one gives its lease back before the new one starts. Two would be safe, and one of them idle.
    spec: { replicas: 1, strategy: { type: 'Recreate' }, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec(options, metadata.name) } },
  }
}

function podSpec({ name, namespace, managerImage, queueArguments, environment = {}, memoryBytes = managerMemoryBytes }: ManagerOptions, account: string): object {
  return {
    serviceAccountName: account,
    securityContext: { runAsNonRoot: true, runAsUser: userId, runAsGroup: userId, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{
      name: 'manager',
      image: managerImage,
      // $$ is one $ to Kubernetes.
      args: ['queue', '--executor', 'kubernetes', '--name', name, '--namespace', namespace, ...queueArguments].map(word => word.replaceAll('$', '$$$$')),
      workingDir: '/tmp',
      ...(Object.keys(environment).length > 0 && { env: Object.entries(environment).map(([key, value]) => ({ name: key, value: value.replaceAll('$', '$$$$') })) }),
      resources: { requests: { cpu: '100m', memory: String(memoryBytes) }, limits: { memory: String(memoryBytes) } },
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }],
    }],
    volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '256Mi' } }],
  }
}
