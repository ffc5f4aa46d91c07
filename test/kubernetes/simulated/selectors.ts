// Label and field selectors: a=b, a!=b, `a in (b,c)`, a, !a. A field that cannot be selected by is refused.
import { badRequest } from './status-error.ts'
import type { Resource, StoredObject } from './objects.ts'

type Test = (object: StoredObject) => boolean

const everyResource = ['metadata.name', 'metadata.namespace']
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  events: ['involvedObject.kind', 'involvedObject.namespace', 'involvedObject.name', 'involvedObject.uid', 'involvedObject.apiVersion', 'reason', 'reportingComponent', 'source', 'type'],
  jobs: ['status.successful'],
}

export function selection(resource: Resource, labels: string | null, fields: string | null): Test {
  const tests = [...labelTests(labels ?? ''), ...fieldTests(resource, fields ?? '')]
  return object => tests.every(test => test(object))
}

function labelTests(selector: string): readonly Test[] {
  const terms = selector.match(/[^,(]+(\([^)]*\))?/g) ?? []
  return terms.map(term => {
    const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(term)
    if (set) {
      const values = set[3]!.split(',').map(value => value.trim())
      return object => values.includes(object.metadata.labels?.[set[1]!] ?? '\0') === (set[2] === 'in')
    }
    const equal = /^\s*([^=!\s]+)\s*(!=|==|=)\s*(\S*)\s*$/.exec(term)
    if (equal) return object => (object.metadata.labels?.[equal[1]!] === equal[3]) === (equal[2] !== '!=')
    const name = /^\s*(!?)([^=!\s]+)\s*$/.exec(term)
    if (!name) throw badRequest(`unable to parse requirement: ${term}`)
    return object => (object.metadata.labels?.[name[2]!] !== undefined) === (name[1] === '')
  })
}

function fieldTests(resource: Resource, selector: string): readonly Test[] {
  if (selector === '') return []
  const allowed = [...everyResource, ...(fieldsOf[resource.plural] ?? [])]
  return selector.split(',').map(term => {
    const match = /^([^=!]+)(!=|==|=)(.*)$/.exec(term)
    if (!match || !allowed.includes(match[1]!)) throw badRequest(`field label not supported: ${match?.[1] ?? term}`)
    const path = match[1]!.split('.')
    // oxlint-disable-next-line typescript/no-explicit-any
    return object => (String(path.reduce<any>((value, key) => value?.[key], object) ?? '') === match[3]) === (match[2] !== '!=')
  })
}
