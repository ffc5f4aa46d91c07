// What a real API server demands of a pod's spec, as far as a worker's pod uses it, and what the restricted pod security standard demands.
import { forbiddenValue, invalidValue, isLabel, notSupported, requiredValue } from './metadata-validation.ts'
import type { Cause } from './status-error.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Open = any

const quantity = /^[+-]?(\d+(\.\d*)?|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/
const environmentName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/

export function podSpecCauses(spec: Open, path: string): Cause[] {
  const containers: Open[] = spec.containers ?? []
  const all = [...containers.map((container, index) => [container, `${path}.containers[${index}]`]), ...(spec.initContainers ?? []).map((container: Open, index: number) => [container, `${path}.initContainers[${index}]`])]
  const names = all.map(([container]) => container.name)
  return [
    ...(containers.length === 0 ? [requiredValue(`${path}.containers`)] : []),
    ...all.flatMap(([container, at]) => containerCauses(container, at, spec.volumes ?? [])),
    ...names.filter((name, index) => names.indexOf(name) !== index).map(name => ({ reason: 'FieldValueDuplicate', message: `Duplicate value: "${name}"`, field: `${path}.containers` })),
    ...(spec.volumes ?? []).flatMap((volume: Open, index: number) => volumeCauses(volume, `${path}.volumes[${index}]`)),
    ...(spec.activeDeadlineSeconds !== undefined && !(spec.activeDeadlineSeconds > 0) ? [invalidValue(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 'must be between 1 and 2147483647, inclusive')] : []),
    ...(spec.serviceAccountName && !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(spec.serviceAccountName) ? [invalidValue(`${path}.serviceAccountName`, spec.serviceAccountName, 'not a name')] : []),
  ]
}

function containerCauses(container: Open, path: string, volumes: readonly Open[]): Cause[] {
  const paths = (container.volumeMounts ?? []).map((mount: Open) => mount.mountPath)
  return [
    ...(container.name && isLabel(container.name) ? [] : [container.name ? invalidValue(`${path}.name`, container.name, 'a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \'-\'') : requiredValue(`${path}.name`)]),
    ...(container.image ? (container.image.trim() === container.image ? [] : [invalidValue(`${path}.image`, container.image, 'must not have leading or trailing whitespace')]) : [requiredValue(`${path}.image`)]),
    ...(container.imagePullPolicy === undefined || ['Always', 'IfNotPresent', 'Never'].includes(container.imagePullPolicy) ? [] : [notSupported(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'])]),
    ...(container.terminationMessagePolicy === undefined || ['File', 'FallbackToLogsOnError'].includes(container.terminationMessagePolicy) ? [] : [notSupported(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, ['FallbackToLogsOnError', 'File'])]),
    ...(container.env ?? []).flatMap((variable: Open, index: number) => environmentCauses(variable, `${path}.env[${index}]`)),
    ...(container.volumeMounts ?? []).flatMap((mount: Open, index: number) => mountCauses(mount, `${path}.volumeMounts[${index}]`, volumes)),
    ...paths.filter((at: string, index: number) => paths.indexOf(at) !== index).map((at: string) => invalidValue(`${path}.volumeMounts`, at, 'must be unique')),
    ...resourceCauses(container.resources ?? {}, `${path}.resources`),
  ]
}

function environmentCauses(variable: Open, path: string): Cause[] {
  if (!variable.name) return [requiredValue(`${path}.name`)]
  return [
    ...(environmentName.test(variable.name) ? [] : [invalidValue(`${path}.name`, variable.name, 'a valid environment variable name must consist of alphabetic characters, digits, \'_\', \'-\', or \'.\'')]),
    ...(variable.value && variable.valueFrom ? [invalidValue(`${path}.valueFrom`, '', 'may not be specified when `value` is not empty')] : []),
  ]
}

function mountCauses(mount: Open, path: string, volumes: readonly Open[]): Cause[] {
  return [
    ...(mount.mountPath ? [] : [requiredValue(`${path}.mountPath`)]),
    ...(volumes.some(volume => volume.name === mount.name) ? [] : [{ reason: 'FieldValueNotFound', message: `Not found: ${JSON.stringify(mount.name)}`, field: `${path}.name` }]),
    ...(mount.subPath && mount.subPathExpr ? [invalidValue(`${path}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive')] : []),
    ...(/^\/|(^|\/)\.\.(\/|$)/.test(mount.subPathExpr ?? mount.subPath ?? '') ? [invalidValue(`${path}.subPath`, mount.subPath, "must be a relative path and must not contain '..'")] : []),
  ]
}

function volumeCauses(volume: Open, path: string): Cause[] {
  const kinds = Object.keys(volume).filter(key => key !== 'name')
  return [
    ...(volume.name && isLabel(volume.name) ? [] : [requiredValue(`${path}.name`)]),
    ...(kinds.length > 1 ? [forbiddenValue(`${path}.${kinds[1]}`, 'may not specify more than 1 volume type')] : []),
    ...(kinds.length === 0 ? [requiredValue(path, 'must specify a volume type')] : []),
    ...(volume.configMap && !volume.configMap.name ? [requiredValue(`${path}.configMap.name`)] : []),
    ...(volume.emptyDir?.sizeLimit && !quantity.test(volume.emptyDir.sizeLimit) ? [invalidValue(`${path}.emptyDir.sizeLimit`, volume.emptyDir.sizeLimit, 'not a quantity')] : []),
  ]
}

function resourceCauses({ limits = {}, requests = {} }: Open, path: string): Cause[] {
  const wrong = [...Object.entries(limits).map(([name, value]) => [`${path}.limits[${name}]`, value]), ...Object.entries(requests).map(([name, value]) => [`${path}.requests[${name}]`, value])]
  return wrong.filter(([, value]) => !quantity.test(String(value))).map(([field, value]) => invalidValue(String(field), value, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"))
}

/** Why the restricted pod security standard would refuse the pod; empty when it is admitted. */
export function restrictedViolations(spec: Open): readonly string[] {
  const containers: Open[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const inAll = (test: (security: Open) => boolean): boolean => containers.every(container => test(container.securityContext ?? {}))
  const pod = spec.securityContext ?? {}
  const allowedVolumes = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret', 'name'])
  return [
    ...(inAll(security => security.allowPrivilegeEscalation === false) ? [] : ['allowPrivilegeEscalation != false']),
    ...(inAll(security => security.capabilities?.drop?.includes('ALL') === true) ? [] : ['unrestricted capabilities']),
    ...(pod.runAsNonRoot === true || inAll(security => security.runAsNonRoot === true) ? [] : ['runAsNonRoot != true']),
    ...(pod.runAsUser === 0 || containers.some(container => container.securityContext?.runAsUser === 0) ? ['runAsUser=0'] : []),
    ...(pod.seccompProfile?.type === 'RuntimeDefault' || inAll(security => security.seccompProfile?.type === 'RuntimeDefault') ? [] : ['seccompProfile']),
    ...(spec.hostNetwork || spec.hostPID || spec.hostIPC ? ['host namespaces'] : []),
    ...((spec.volumes ?? []).some((volume: Open) => Object.keys(volume).some(key => !allowedVolumes.has(key))) ? ['restricted volume types'] : []),
  ]
}
