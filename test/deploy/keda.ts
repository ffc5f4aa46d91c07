// The part of KEDA's custom resources that manifests use, written from its CRDs (v1alpha1) and the documentation of its Kafka trigger: field, type, whether it
// must be there. What is not listed is refused, though KEDA may know it.
import type { Open } from './judged.ts'

type Shape = 'text' | 'count' | { readonly [field: string]: Shape } | readonly [Shape]

const optional = (field: string) => field.endsWith('?')

const trigger: Shape = {
  type: 'text',
  metadata: { bootstrapServers: 'text', consumerGroup: 'text', topic: 'text', 'partitionLimitation?': 'text', 'activationLagThreshold?': 'text', 'lagThreshold?': 'text', 'offsetResetPolicy?': 'text', 'version?': 'text', 'tls?': 'text', 'sasl?': 'text' },
  'authenticationRef?': { name: 'text' },
}

const specs: Readonly<Record<string, Shape>> = {
  ScaledObject: { scaleTargetRef: { apiVersion: 'text', kind: 'text', name: 'text' }, minReplicaCount: 'count', maxReplicaCount: 'count', pollingInterval: 'count', 'cooldownPeriod?': 'count', triggers: [trigger] },
  TriggerAuthentication: { secretTargetRef: [{ parameter: 'text', name: 'text', key: 'text' }] },
}

const allowed: Readonly<Record<string, RegExp>> = {
  partitionLimitation: /^\d+$/, activationLagThreshold: /^\d+$/, lagThreshold: /^[1-9]\d{0,17}$/, offsetResetPolicy: /^(latest|earliest)$/, version: /^\d+\.\d+\.\d+$/, tls: /^(enable|disable)$/,
  sasl: /^(plaintext|scram_sha256|scram_sha512)$/, bootstrapServers: /^[^,]+:\d+(,[^,]+:\d+)*$/, parameter: /^(username|password|ca|cert|key)$/, type: /^kafka$/,
}

export function kedaFaults({ kind, spec }: Open): readonly string[] {
  return differences(spec, specs[kind]!, 'spec')
}

function differences(value: Open, shape: Shape, path: string): readonly string[] {
  const field = path.split('.').at(-1)!
  if (shape === 'count') return Number.isInteger(value) && value >= 0 ? [] : [`${path} is ${JSON.stringify(value)}, not a count`]
  if (shape === 'text') return typeof value === 'string' && (allowed[field]?.test(value) ?? value !== '') ? [] : [`${path} is ${JSON.stringify(value)}`]
  if (Array.isArray(shape)) return Array.isArray(value) && value.length > 0 ? value.flatMap((entry, index) => differences(entry, shape[0] as Shape, `${path}[${index}]`)) : [`${path} is no list with something in it`]
  if (typeof value !== 'object' || value === null) return [`${path} is ${JSON.stringify(value)}, not an object`]
  const fields = Object.entries(shape as Readonly<Record<string, Shape>>).map(([name, inner]) => ({ name: name.replace('?', ''), isOptional: optional(name), inner }))
  return [
    ...Object.keys(value).filter(name => !fields.some(each => each.name === name)).map(name => `${path} has an unknown ${name}`),
    ...fields.flatMap(({ name, isOptional, inner }) => (value[name] === undefined ? (isOptional ? [] : [`${path} has no ${name}`]) : differences(value[name], inner, `${path}.${name}`))),
  ]
}
