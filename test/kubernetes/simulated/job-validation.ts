// What a real API server demands of a Job, and what it fills in. Written from the API documentation of batch/v1.
import { forbiddenValue, invalidValue, isLabel, notSupported, requiredValue, tooLong } from './metadata-validation.ts'
import { podSpecCauses } from './pod-validation.ts'
import type { StoredObject } from './objects.ts'
import type { Cause } from './status-error.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Open = any

const indexesMax = 100_000
const rulesMax = 20
const exitCodesMax = 255
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const untouchable = ['completionMode', 'selector', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy']

export function withJobDefaults(job: StoredObject): StoredObject {
  const { spec } = job
  const completionMode = spec.completionMode ?? 'NonIndexed'
  const isIndexed = completionMode === 'Indexed'
  return {
    ...job,
    spec: {
      ...spec,
      completionMode,
      parallelism: spec.parallelism ?? 1,
      ...(spec.completions === undefined && spec.parallelism === undefined ? { completions: 1 } : {}),
      backoffLimit: spec.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647),
      suspend: spec.suspend ?? false,
      manualSelector: spec.manualSelector ?? false,
      podReplacementPolicy: spec.podReplacementPolicy ?? (spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'),
      ...(isIndexed && spec.completions === undefined ? {} : {}),
    },
    status: job['status'] ?? {},
  }
}

/** The labels and the selector that tie pods to their Job. */
export function withSelector(job: StoredObject, uid: string): StoredObject {
  const { name } = job.metadata
  const labels = { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name, 'controller-uid': uid, 'job-name': name }
  const { template } = job.spec
  return {
    ...job,
    spec: {
      ...job.spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { ...template, metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } } },
    },
  }
}

export function jobCauses(job: StoredObject): Cause[] {
  const { spec } = job
  if (spec === undefined) return [requiredValue('spec.template.spec.containers')]
  return [
    ...countCauses(spec),
    ...indexedCauses(job),
    ...(spec.podFailurePolicy ? failurePolicyCauses(spec) : []),
    ...(spec.successPolicy ? successPolicyCauses(spec) : []),
    ...templateCauses(spec.template),
    ...(spec.selector !== undefined && spec.manualSelector !== true ? [invalidValue('spec.selector', spec.selector, '`selector` not auto-generated')] : []),
  ]
}

function countCauses(spec: Open): Cause[] {
  const fields = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'backoffLimitPerIndex', 'ttlSecondsAfterFinished', 'maxFailedIndexes']
  return fields.filter(field => spec[field] !== undefined && spec[field] !== null && (!Number.isInteger(spec[field]) || spec[field] < 0))
    .map(field => invalidValue(`spec.${field}`, spec[field], 'must be greater than or equal to 0'))
}

function indexedCauses({ metadata, spec }: StoredObject): Cause[] {
  const { completionMode = 'NonIndexed', completions, parallelism = 1, backoffLimitPerIndex, maxFailedIndexes } = spec
  if (completionMode !== 'Indexed') {
    return [
      ...(completionMode === 'NonIndexed' ? [] : [notSupported('spec.completionMode', completionMode, ['Indexed', 'NonIndexed'])]),
      ...(backoffLimitPerIndex === undefined ? [] : [invalidValue('spec.backoffLimitPerIndex', backoffLimitPerIndex, 'requires indexed completion mode')]),
      ...(maxFailedIndexes === undefined ? [] : [invalidValue('spec.maxFailedIndexes', maxFailedIndexes, 'requires indexed completion mode')]),
    ]
  }
  return [
    ...(completions === undefined ? [requiredValue('spec.completions', 'when completion mode is Indexed')] : []),
    ...(completions !== undefined && !isLabel(`${metadata.name}-${completions - 1}`) ? [invalidValue('metadata.name', metadata.name, 'will not able to create pod with invalid DNS label')] : []),
    ...(parallelism > indexesMax && completions > indexesMax ? [invalidValue('spec.parallelism', parallelism, `must be less than or equal to ${indexesMax} when completionMode is Indexed`)] : []),
    ...(maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined ? [requiredValue('spec.backoffLimitPerIndex', 'when maxFailedIndexes is specified')] : []),
    ...(maxFailedIndexes !== undefined && maxFailedIndexes > completions ? [invalidValue('spec.maxFailedIndexes', maxFailedIndexes, 'must be less than or equal to completions')] : []),
    ...(backoffLimitPerIndex !== undefined && maxFailedIndexes !== undefined && completions > indexesMax ? [invalidValue('spec.completions', completions, `must be less than or equal to ${indexesMax}`)] : []),
  ]
}

/** Only of counts: a rule by `succeededIndexes` is refused here, though a real API server takes it. */
function successPolicyCauses({ completionMode, completions, successPolicy }: Open): Cause[] {
  const path = 'spec.successPolicy'
  const rules: Open[] = successPolicy.rules ?? []
  return [
    ...(completionMode === 'Indexed' ? [] : [invalidValue(path, successPolicy, 'requires indexed completion mode')]),
    ...(rules.length === 0 ? [requiredValue(`${path}.rules`, 'must be specified when succeededPolicy is specified')] : []),
    ...(rules.length > rulesMax ? [{ reason: 'FieldValueTooMany', message: `Too many: ${rules.length}: must have at most ${rulesMax} items`, field: `${path}.rules` }] : []),
    ...rules.flatMap(({ succeededCount }, index) => (Number.isInteger(succeededCount) && succeededCount >= 1 && succeededCount <= completions ? [] : [invalidValue(`${path}.rules[${index}].succeededCount`, succeededCount, `must be from 1 to ${completions} (the number of specified completions)`)])),
  ]
}

function failurePolicyCauses(spec: Open): Cause[] {
  const path = 'spec.podFailurePolicy.rules'
  const rules: Open[] = spec.podFailurePolicy.rules ?? []
  return [
    ...(spec.template?.spec?.restartPolicy === 'Never' ? [] : [invalidValue('spec.template.spec.restartPolicy', spec.template?.spec?.restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')]),
    ...(rules.length > rulesMax ? [{ reason: 'FieldValueTooMany', message: `Too many: ${rules.length}: must have at most ${rulesMax} items`, field: path }] : []),
    ...rules.flatMap((rule, index) => ruleCauses(rule, `${path}[${index}]`, spec)),
  ]
}

function ruleCauses(rule: Open, path: string, spec: Open): Cause[] {
  const { action, onExitCodes, onPodConditions } = rule
  const causes: Cause[] = []
  if (!actions.includes(action)) causes.push(notSupported(`${path}.action`, action, actions))
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) causes.push(invalidValue(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'))
  if (onExitCodes && onPodConditions?.length) causes.push(invalidValue(path, 'rule', 'specifying both OnExitCodes and OnPodConditions is not supported'))
  if (!onExitCodes && !onPodConditions?.length) causes.push(invalidValue(path, 'rule', 'specifying one of OnExitCodes and OnPodConditions is required'))
  if (onExitCodes) causes.push(...exitCodeCauses(onExitCodes, `${path}.onExitCodes`, spec))
  for (const [at, pattern] of (onPodConditions ?? []).entries()) {
    if (!pattern.type) causes.push(requiredValue(`${path}.onPodConditions[${at}].type`))
    if (pattern.status !== undefined && !['True', 'False', 'Unknown'].includes(pattern.status)) causes.push(notSupported(`${path}.onPodConditions[${at}].status`, pattern.status, ['False', 'True', 'Unknown']))
  }
  return causes
}

function exitCodeCauses({ operator, values = [], containerName }: Open, path: string, spec: Open): Cause[] {
  const causes: Cause[] = []
  const names = [...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map(container => container.name)
  if (!['In', 'NotIn'].includes(operator)) causes.push(notSupported(`${path}.operator`, operator, ['In', 'NotIn']))
  if (values.length === 0) causes.push(invalidValue(`${path}.values`, values, 'at least one value is required'))
  if (values.length > exitCodesMax) causes.push({ reason: 'FieldValueTooMany', message: `Too many: ${values.length}: must have at most ${exitCodesMax} items`, field: `${path}.values` })
  if (operator === 'In' && values.includes(0)) causes.push(invalidValue(`${path}.values[${values.indexOf(0)}]`, 0, 'must not be 0 for the In operator'))
  if (new Set(values).size !== values.length) causes.push({ reason: 'FieldValueDuplicate', message: `Duplicate value`, field: `${path}.values` })
  if (values.some((value: number, index: number) => index > 0 && value < values[index - 1])) causes.push(invalidValue(`${path}.values`, values, 'must be ordered'))
  if (containerName !== undefined && !names.includes(containerName)) causes.push(invalidValue(`${path}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template'))
  return causes
}

function templateCauses(template: Open): Cause[] {
  const path = 'spec.template.spec'
  const policy = template?.spec?.restartPolicy
  return [
    ...(policy === 'Never' || policy === 'OnFailure' ? [] : [policy === undefined || policy === 'Always' ? { reason: 'FieldValueRequired', message: 'Required value: valid values: "OnFailure", "Never"', field: `${path}.restartPolicy` } : notSupported(`${path}.restartPolicy`, policy, ['OnFailure', 'Never'])]),
    ...podSpecCauses(template?.spec ?? {}, path),
  ]
}

/** Of what is there and what it is to become. */
export function jobUpdateCauses(before: StoredObject, after: StoredObject): Cause[] {
  const causes = untouchable.filter(field => !isSame(before.spec[field], after.spec[field])).map(field => invalidValue(`spec.${field}`, after.spec[field], 'field is immutable'))
  const isElastic = after.spec.completionMode === 'Indexed' && after.spec.completions === after.spec.parallelism
  if (!isSame(before.spec.completions, after.spec.completions) && !isElastic) causes.push(invalidValue('spec.completions', after.spec.completions, 'field is immutable'))
  const isStopped = before.spec.suspend === true && !before['status']?.startTime
  if (!isSame(before.spec.template, after.spec.template) && !isStopped) causes.push(invalidValue('spec.template', 'template', 'field is immutable'))
  return causes
}

export function immutableConfigMapCauses(before: StoredObject, after: StoredObject): Cause[] {
  if (before['immutable'] !== true) return []
  const same = isSame(before['data'], after['data']) && isSame(before['binaryData'], after['binaryData']) && after['immutable'] === true
  return same ? [] : [forbiddenValue('data', 'field is immutable when `immutable` is set')]
}

export function configMapCauses(map: StoredObject): Cause[] {
  const entries = [...Object.entries<string>(map['data'] ?? {}), ...Object.entries<string>(map['binaryData'] ?? {})]
  const binary = new Set(Object.keys(map['binaryData'] ?? {}))
  const bytes = Object.values<string>(map['data'] ?? {}).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    + Object.values<string>(map['binaryData'] ?? {}).reduce((sum, text) => sum + Buffer.from(text, 'base64').length, 0)
  return [
    ...entries.filter(([key]) => key.length > 253 || !/^[-._a-zA-Z0-9]+$/.test(key) || key === '.' || key.startsWith('..')).map(([key]) => invalidValue(`data[${key}]`, key, 'a valid config key must consist of alphanumeric characters, \'-\', \'_\' or \'.\'')),
    ...Object.keys(map['data'] ?? {}).filter(key => binary.has(key)).map(key => invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...(bytes > 1_048_576 ? [tooLong('', 1_048_576)] : []),
  ]
}

export function leaseCauses({ spec = {} }: StoredObject): Cause[] {
  return [
    ...(spec.leaseDurationSeconds !== undefined && !(spec.leaseDurationSeconds > 0) ? [invalidValue('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0')] : []),
    ...(spec.leaseTransitions !== undefined && !(spec.leaseTransitions >= 0) ? [invalidValue('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0')] : []),
    ...(spec.holderIdentity === '' ? [requiredValue('spec.holderIdentity', 'must not be empty')] : []),
  ]
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value ?? null
  return Object.fromEntries(Object.entries(value).filter(([, content]) => content !== undefined).toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([key, content]) => [key, sorted(content)]))
}
