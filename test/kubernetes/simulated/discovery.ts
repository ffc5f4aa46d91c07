// What kubectl asks before anything else: which groups, versions and resources there are.
import { apiVersionOf, resources, type Resource } from './objects.ts'

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']

/** Undefined where the path is none of discovery. */
export function discovery(path: string): object | undefined {
  const groups = [...new Set(Object.values(resources).map(({ group }) => group))].filter(group => group !== '')
  if (path === '/version') return { major: '1', minor: '35', gitVersion: 'v1.35.0-simulated', platform: 'simulated/none' }
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(name => ({ name, versions: [{ groupVersion: `${name}/v1`, version: 'v1' }], preferredVersion: { groupVersion: `${name}/v1`, version: 'v1' } })) }
  const group = path === '/api/v1' ? '' : /^\/apis\/([^/]+)\/v1$/.exec(path)?.[1]
  return group === undefined ? undefined : listed(Object.values(resources).filter(resource => resource.group === group))
}

function listed(found: readonly Resource[]): object | undefined {
  if (found.length === 0) return undefined
  const entries = found.map(({ plural, singular, kind, shortNames }) => ({ name: plural, singularName: singular, namespaced: true, kind, verbs, shortNames }))
  const log = found.some(({ plural }) => plural === 'pods') ? [{ name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] }] : []
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(found[0]!), resources: [...entries, ...log] }
}
