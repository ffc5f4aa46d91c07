// What a request's address asks for.
import { badRequest, StatusError } from './status-error.ts'
import { resources, type Plural, type Resource } from './objects.ts'
import type { Verb } from './access.ts'

export interface Target {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  readonly verb: Verb
  readonly query: URLSearchParams
}

const known: Readonly<Record<Verb, readonly string[]>> = {
  get: ['pretty', 'container', 'tailLines', 'limitBytes', 'follow', 'previous', 'timestamps', 'sinceSeconds'],
  list: ['pretty', 'labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'resourceVersionMatch', 'timeoutSeconds', 'watch'],
  watch: ['pretty', 'labelSelector', 'fieldSelector', 'resourceVersion', 'resourceVersionMatch', 'timeoutSeconds', 'watch', 'allowWatchBookmarks', 'sendInitialEvents', 'limit', 'continue'],
  create: ['pretty', 'dryRun', 'fieldManager', 'fieldValidation'],
  update: ['pretty', 'dryRun', 'fieldManager', 'fieldValidation'],
  patch: ['pretty', 'dryRun', 'fieldManager', 'fieldValidation', 'force'],
  delete: ['pretty', 'dryRun', 'gracePeriodSeconds', 'propagationPolicy', 'orphanDependents'],
  deletecollection: [],
}

/** Undefined where the address is none of an object. */
export function targetOf(method: string, url: URL): Target | undefined {
  const match = /^\/(?:api\/v1|apis\/([^/]+)\/v1)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(url.pathname)
  if (!match) return undefined
  const [, group = '', namespace, plural, name = '', subresource = ''] = match.map(part => (part === undefined ? undefined : decodeURIComponent(part)))
  const resource = resources[plural as Plural] as Resource | undefined
  if (resource === undefined || resource.group !== group) return undefined
  const verb = verbOf(method, name, url.searchParams)
  // A real API server ignores these; a client that sends one is wrong all the same.
  for (const parameter of url.searchParams.keys()) if (!known[verb].includes(parameter)) throw badRequest(`the simulated API server knows no parameter "${parameter}" of ${verb}`)
  return { resource, namespace: namespace!, name, subresource, verb, query: url.searchParams }
}

function verbOf(method: string, name: string, query: URLSearchParams): Verb {
  if (method === 'GET') return ['true', '1'].includes(query.get('watch') ?? '') ? 'watch' : name === '' ? 'list' : 'get'
  if (method === 'POST' && name === '') return 'create'
  if (method === 'PUT' && name !== '') return 'update'
  if (method === 'PATCH' && name !== '') return 'patch'
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete'
  throw new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
}
