// Create, update, patch and delete: strict about what is sent, as a real API server is with fieldValidation=Strict, whatever the client asks.
import { randomUUID } from 'node:crypto'
import { configMapCauses, immutableConfigMapCauses, jobCauses, jobUpdateCauses, leaseCauses, withJobDefaults, withSelector } from './job-validation.ts'
import { metadataCauses, requiredValue } from './metadata-validation.ts'
import { apiVersionOf, resources, type Resource, type StoredObject } from './objects.ts'
import { patched } from './patch.ts'
import { podSpecCauses, restrictedViolations } from './pod-validation.ts'
import type { Target } from './requests.ts'
import { examine } from './schema.ts'
import { badRequest, conflict, forbidden, invalid, notFound, type Cause } from './status-error.ts'
import type { Preconditions, Store } from './store.ts'

export interface WritingOptions {
  readonly store: Store
  readonly namespace: string
  readonly jobsMax: number | undefined
}

const bodyOfDelete = ['apiVersion', 'kind', 'gracePeriodSeconds', 'preconditions', 'orphanDependents', 'propagationPolicy', 'dryRun']
const objectBytesMax = 1_572_864

export function create(options: WritingOptions, { resource, namespace, query }: Target, body: unknown, note: (warning: string) => void): StoredObject {
  const sent = decoded(resource, body)
  const { store } = options
  const metadata = { ...sent.metadata, namespace: sent.metadata?.namespace ?? namespace }
  if (metadata.namespace !== namespace) throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
  if (namespace !== options.namespace) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace)
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created')
  if (!metadata.name && metadata.generateName) metadata.name = metadata.generateName + randomUUID().slice(0, 5)
  if (resource.plural === 'jobs' && options.jobsMax !== undefined && store.count(resource) >= options.jobsMax) {
    throw forbidden(resource, metadata.name, `exceeded quota: quota, requested: count/jobs.batch=1, used: count/jobs.batch=${store.count(resource)}, limited: count/jobs.batch=${options.jobsMax}`)
  }
  check(resource, { ...sent, metadata })
  const whole = resource === resources.jobs ? withJobDefaults({ ...sent, metadata }) : { ...sent, metadata }
  if (resource === resources.jobs) for (const violation of restrictedViolations(whole.spec.template.spec)) note(`would violate PodSecurity "restricted:latest": ${violation}`)
  if (query.get('dryRun') === 'All') return whole
  if (resource !== resources.jobs) return store.create(resource, whole)
  const created = withSelector({ ...whole, status: {} }, randomUUID())
  return store.create(resource, created)
}

export function update({ store }: WritingOptions, { resource, name, subresource }: Target, body: unknown): StoredObject {
  const sent = decoded(resource, body)
  if (sent.metadata?.name !== name) throw badRequest(`the name of the object (${sent.metadata?.name}) does not match the name on the URL (${name})`)
  return replaced(store, resource, store.get(resource, name), sent, subresource)
}

export function patch({ store }: WritingOptions, { resource, name, subresource }: Target, body: unknown, contentType: string): StoredObject {
  const current = store.get(resource, name)
  const asked = (body as Partial<StoredObject>).metadata?.resourceVersion
  if (asked !== undefined && asked !== current.metadata.resourceVersion) throw conflict(resource, name)
  const next = patched(current, body, contentType)
  const { status: _, ...unstatused } = next
  decoded(resource, { ...unstatused })
  return replaced(store, resource, current, next, subresource)
}

function replaced(store: Store, resource: Resource, current: StoredObject, sent: StoredObject, subresource: string): StoredObject {
  const metadata = { ...sent.metadata, namespace: current.metadata.namespace, creationTimestamp: current.metadata.creationTimestamp, resourceVersion: sent.metadata.resourceVersion ?? '' }
  if (resource.plural === 'leases' && !metadata.resourceVersion) throw invalid(resource, current.metadata.name, [{ reason: 'FieldValueInvalid', message: 'Invalid value: 0x0: must be specified for an update', field: 'metadata.resourceVersion' }])
  const whole = { ...sent, metadata, ...(subresource === 'status' ? { spec: current.spec } : current['status'] === undefined ? {} : { status: current['status'] }) } as StoredObject
  const next = resource === resources.jobs && whole.spec.selector === undefined ? { ...whole, spec: { ...whole.spec, selector: current.spec.selector } } : whole
  check(resource, next, current)
  return store.update(resource, next)
}

export function remove({ store }: WritingOptions, { resource, name, query }: Target, body: unknown): { readonly removed: StoredObject; readonly orphans: boolean } {
  const options = (body ?? {}) as { readonly preconditions?: Preconditions; readonly propagationPolicy?: string }
  for (const field of Object.keys(options)) if (!bodyOfDelete.includes(field)) throw badRequest(`strict decoding error: unknown field "${field}"`)
  const policy = query.get('propagationPolicy') ?? options.propagationPolicy ?? 'Background'
  if (!['Orphan', 'Background', 'Foreground'].includes(policy)) throw invalid(resource, name, [{ reason: 'FieldValueNotSupported', message: `Unsupported value: "${policy}"`, field: 'propagationPolicy' }])
  return { removed: store.delete(resource, name, options.preconditions ?? {}), orphans: policy === 'Orphan' }
}

function decoded(resource: Resource, body: unknown): StoredObject {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw badRequest('the body of the request is not an object')
  const { apiVersion, kind } = body as Partial<StoredObject>
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource)) throw badRequest(`${kind} in version "${apiVersion}" cannot be handled as a ${resource.kind}`)
  const { unknown, mistyped, missing } = examine(body, resource.model)
  if (mistyped.length > 0) throw badRequest(`${kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal: ${mistyped.join(', ')}`)
  if (unknown.length > 0) throw badRequest(`${kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${unknown.map(field => `unknown field "${field}"`).join(', ')}`)
  const needed = missing.filter(field => !field.startsWith('status') && field !== 'metadata')
  if (needed.length > 0) throw invalid(resource, (body as StoredObject).metadata?.name ?? '', needed.map(field => requiredValue(field)))
  return body as StoredObject
}

function check(resource: Resource, object: StoredObject, before?: StoredObject): void {
  const causes: Cause[] = [...metadataCauses(object.metadata), ...causesOf(resource, object, before)]
  if (causes.length > 0) throw invalid(resource, object.metadata.name ?? '', causes)
  const bytes = Buffer.byteLength(JSON.stringify(object))
  if (bytes > objectBytesMax) throw badRequest(`etcdserver: request is too large (${bytes} bytes)`)
}

function causesOf(resource: Resource, object: StoredObject, before: StoredObject | undefined): readonly Cause[] {
  switch (resource.plural) {
    case 'jobs': return before ? [...jobUpdateCauses(before, object), ...jobCauses({ ...object, spec: { ...object.spec, selector: undefined } })] : jobCauses(object)
    case 'configmaps': return [...configMapCauses(object), ...(before ? immutableConfigMapCauses(before, object) : [])]
    case 'leases': return leaseCauses(object)
    case 'pods': return podSpecCauses(object.spec ?? {}, 'spec')
    case 'deployments': return deploymentCauses(object)
    default: return []
  }
}

function deploymentCauses({ spec }: StoredObject): readonly Cause[] {
  const wanted = Object.entries<string>(spec?.selector?.matchLabels ?? {})
  const labels = spec?.template?.metadata?.labels ?? {}
  return [
    ...(wanted.length === 0 ? [requiredValue('spec.selector')] : []),
    ...(wanted.every(([key, value]) => labels[key] === value) ? [] : [{ reason: 'FieldValueInvalid', message: 'Invalid value: `selector` does not match template `labels`', field: 'spec.template.metadata.labels' }]),
    ...podSpecCauses(spec?.template?.spec ?? {}, 'spec.template.spec'),
  ]
}
