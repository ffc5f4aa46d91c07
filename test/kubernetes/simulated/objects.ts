// The simulated API server's own view of objects: what it stores is what was sent, so all below metadata is open.
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface Metadata {
  name: string
  namespace: string
  uid: string
  resourceVersion: string
  creationTimestamp: string
  generateName?: string
  generation?: number
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
}

export interface StoredObject {
  apiVersion: string
  kind: string
  metadata: Metadata
  // oxlint-disable-next-line typescript/no-explicit-any
  [field: string]: any
}

export interface Resource {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly model: string
  readonly shortNames: readonly string[]
}

function resource(group: string, plural: string, kind: string, ...shortNames: string[]): Resource {
  const model = group === '' && kind === 'Event' ? 'CoreV1Event' : `V1${kind}`
  return { group, version: 'v1', plural, singular: kind.toLowerCase(), kind, model, shortNames }
}

export const resources = {
  jobs: resource('batch', 'jobs', 'Job'),
  pods: resource('', 'pods', 'Pod', 'po'),
  configmaps: resource('', 'configmaps', 'ConfigMap', 'cm'),
  events: resource('', 'events', 'Event', 'ev'),
  leases: resource('coordination.k8s.io', 'leases', 'Lease'),
  secrets: resource('', 'secrets', 'Secret'),
  serviceaccounts: resource('', 'serviceaccounts', 'ServiceAccount', 'sa'),
  deployments: resource('apps', 'deployments', 'Deployment', 'deploy'),
  roles: resource('rbac.authorization.k8s.io', 'roles', 'Role'),
  rolebindings: resource('rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding'),
} as const satisfies Record<string, Resource>

export type Plural = keyof typeof resources

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`
}
