// What an API server would say of an object: fields and types of the published OpenAPI document (through the models of @kubernetes/client-node), what it demands
// beyond them, and the restricted pod security standard. KEDA's kinds are judged by keda.ts.
import { examine } from '../kubernetes/simulated/schema.ts'
import { jobCauses, withJobDefaults } from '../kubernetes/simulated/job-validation.ts'
import { labelCauses, metadataCauses } from '../kubernetes/simulated/metadata-validation.ts'
import { podSpecCauses, restrictedViolations } from '../kubernetes/simulated/pod-validation.ts'
import { kedaFaults } from './keda.ts'

// oxlint-disable-next-line typescript/no-explicit-any
export type Open = any

const versions: Readonly<Record<string, string>> = {
  ServiceAccount: 'v1', ConfigMap: 'v1', NetworkPolicy: 'networking.k8s.io/v1', PodDisruptionBudget: 'policy/v1', Deployment: 'apps/v1', Job: 'batch/v1', HorizontalPodAutoscaler: 'autoscaling/v2',
  TriggerAuthentication: 'keda.sh/v1alpha1', ScaledObject: 'keda.sh/v1alpha1',
}

/** Empty where it is taken. */
export function faultsOf(object: Open): readonly string[] {
  if (versions[object.kind] !== object.apiVersion) return [`${object.apiVersion} has no ${object.kind}`]
  const metadata = metadataCauses(object.metadata).map(({ field, message }) => `${field}: ${message}`)
  if (object.apiVersion.startsWith('keda.sh/')) return [...metadata, ...kedaFaults(object)]
  const { unknown, mistyped, missing } = examine(object, `${object.apiVersion.endsWith('v2') ? 'V2' : 'V1'}${object.kind}`)
  const causes = [...podCauses(object.spec?.template), ...(object.kind === 'Job' ? jobCauses(withJobDefaults(object)) : []), ...(object.kind === 'Deployment' ? [...selectorCauses(object.spec), ...strategyCauses(object.spec)] : []), ...(object.kind === 'HorizontalPodAutoscaler' ? scaleCauses(object.spec) : [])]
  return [...metadata, ...unknown.map(field => `unknown: ${field}`), ...mistyped, ...missing.map(field => `missing: ${field}`), ...causes.map(({ field, message }) => `${field}: ${message}`)]
}

function podCauses(template: Open) {
  if (template === undefined) return []
  const violations = restrictedViolations(template.spec).map(message => ({ field: 'the restricted standard', message }))
  return [...labelCauses(template.metadata.labels, 'template.metadata.labels'), ...podSpecCauses(template.spec, 'template.spec'), ...violations]
}

function selectorCauses({ selector, template }: Open) {
  const fits = Object.entries(selector.matchLabels).every(([key, value]) => template.metadata.labels[key] === value)
  return fits ? [] : [{ field: 'spec.selector', message: 'does not match the labels of the template' }]
}

function strategyCauses({ strategy: { type, rollingUpdate } }: Open) {
  if (type === 'Recreate') return rollingUpdate === undefined ? [] : [{ field: 'spec.strategy.rollingUpdate', message: "may not be specified when strategy `type` is 'Recreate'" }]
  if (type !== 'RollingUpdate') return [{ field: 'spec.strategy.type', message: `unsupported value ${type}` }]
  return rollingUpdate.maxSurge === 0 && rollingUpdate.maxUnavailable === 0 ? [{ field: 'spec.strategy.rollingUpdate.maxUnavailable', message: 'may not be 0 when `maxSurge` is 0' }] : []
}

function scaleCauses({ minReplicas, maxReplicas, metrics }: Open) {
  const kinds: Readonly<Record<string, string>> = { Resource: 'resource', External: 'external' }
  return [
    ...(minReplicas >= 1 && maxReplicas >= minReplicas ? [] : [{ field: 'spec.maxReplicas', message: 'must be greater than or equal to `minReplicas`, and that than 1' }]),
    ...metrics.filter((metric: Open) => metric[kinds[metric.type] ?? ''] === undefined).map((metric: Open) => ({ field: 'spec.metrics', message: `must populate information for the metric source of ${metric.type}` })),
  ]
}
