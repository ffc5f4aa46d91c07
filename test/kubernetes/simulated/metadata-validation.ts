// What a real API server demands of the metadata of any object: names, labels, annotations, owner references.
import type { Cause } from './status-error.ts'
import type { Metadata } from './objects.ts'

const annotationBytesMax = 256 * 1024
const label63 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/

export function invalidValue(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field }
}

export function requiredValue(field: string, why = ''): Cause {
  return { reason: 'FieldValueRequired', message: `Required value${why === '' ? '' : `: ${why}`}`, field }
}

export function forbiddenValue(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field }
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): Cause {
  return { reason: 'FieldValueNotSupported', message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map(word => JSON.stringify(word)).join(', ')}`, field }
}

export function tooLong(field: string, max: number): Cause {
  return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${max} bytes`, field }
}

export function isSubdomain(name: string): boolean {
  return name.length <= 253 && subdomain.test(name)
}

export function isLabel(name: string): boolean {
  return name.length <= 63 && label63.test(name)
}

export function metadataCauses(metadata: Partial<Metadata>, path = 'metadata'): Cause[] {
  return [
    ...nameCauses(metadata, path),
    ...labelCauses(metadata.labels, `${path}.labels`),
    ...annotationCauses(metadata.annotations, `${path}.annotations`),
    ...(metadata.ownerReferences ?? []).flatMap((owner, index) => (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter(field => !owner[field]).map(field => requiredValue(`${path}.ownerReferences[${index}].${field}`))),
    ...(metadata.finalizers ?? []).filter(name => !isQualified(name) || !name.includes('/')).map(name => invalidValue(`${path}.finalizers`, name, 'name is neither a standard finalizer name nor is it fully qualified')),
  ]
}

function nameCauses({ name, generateName }: Partial<Metadata>, path: string): Cause[] {
  if (!name) return generateName ? [] : [requiredValue(`${path}.name`, 'name or generateName is required')]
  return isSubdomain(name) ? [] : [invalidValue(`${path}.name`, name, 'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \'-\' or \'.\'')]
}

export function labelCauses(labels: Record<string, string> | undefined, path: string): Cause[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...(isQualified(key) ? [] : [invalidValue(path, key, 'name part must consist of alphanumeric characters, \'-\', \'_\' or \'.\'')]),
    ...(value.length <= 63 && labelValue.test(value) ? [] : [invalidValue(path, value, 'a valid label must be an empty string or consist of alphanumeric characters, at most 63')]),
  ])
}

function annotationCauses(annotations: Record<string, string> | undefined, path: string): Cause[] {
  const entries = Object.entries(annotations ?? {})
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  return [
    ...entries.filter(([key]) => !isQualified(key.toLowerCase())).map(([key]) => invalidValue(path, key, 'name part must consist of alphanumeric characters')),
    ...(bytes > annotationBytesMax ? [tooLong(path, annotationBytesMax)] : []),
  ]
}

function isQualified(key: string): boolean {
  const parts = key.split('/')
  const name = parts.at(-1)!
  return parts.length <= 2 && name.length <= 63 && qualifiedName.test(name) && (parts.length === 1 || isSubdomain(parts[0]!))
}
