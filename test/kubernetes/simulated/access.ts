// Who may do what: a bearer token names a user, the user has the rules of a Role. Without a token 401, without a rule 403.
import { forbidden, unauthorized } from './status-error.ts'
import type { Resource } from './objects.ts'

export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[] | undefined
}

export interface User {
  readonly name: string
  /** Undefined: may do all. */
  readonly rules?: readonly Rule[] | undefined
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

export class Access {
  readonly #users = new Map<string, User>()

  add(token: string, user: User): void {
    this.#users.set(token, user)
  }

  userOf(authorization: string | undefined): User {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1]
    const user = token === undefined ? undefined : this.#users.get(token)
    if (user === undefined) throw unauthorized()
    return user
  }

  check(user: User, verb: Verb, resource: Resource, subresource: string, name: string, namespace: string): void {
    const wanted = subresource === '' ? resource.plural : `${resource.plural}/${subresource}`
    const isAllowed = user.rules === undefined || user.rules.some(rule => rule.apiGroups.includes(resource.group) && rule.resources.includes(wanted) && rule.verbs.includes(verb)
      && (rule.resourceNames === undefined || rule.resourceNames.includes(name)))
    if (isAllowed) return
    throw forbidden(resource, name, `User "${user.name}" cannot ${verb} resource "${wanted}" in API group "${resource.group}" in the namespace "${namespace}"`)
  }
}
