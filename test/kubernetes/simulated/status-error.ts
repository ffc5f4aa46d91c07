// What the simulated API server answers when it refuses: a Status object with the code and reason that a real one gives.
export interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: object
  constructor(code: number, reason: string, message: string, details: object = {}) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  toJSON(): object {
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: this.message, reason: this.reason, details: this.details, code: this.code }
  }
}

interface Named {
  readonly group: string
  readonly plural: string
  readonly kind: string
}

function qualified({ group, plural }: Named): string {
  return group === '' ? plural : `${plural}.${group}`
}

function about(resource: Named, name: string): object {
  return { name, ...(resource.group !== '' && { group: resource.group }), kind: resource.plural }
}

export function notFound(resource: Named, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, about(resource, name))
}

export function alreadyExists(resource: Named, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, about(resource, name))
}

export function conflict(resource: Named, name: string, why = 'the object has been modified; please apply your changes to the latest version and try again'): StatusError {
  return new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, about(resource, name))
}

export function invalid(resource: Named, name: string, causes: readonly Cause[]): StatusError {
  const listed = causes.map(cause => `${cause.field}: ${cause.message}`)
  const text = listed.length === 1 ? listed[0] : `[${listed.join(', ')}]`
  const { group, kind } = resource
  return new StatusError(422, 'Invalid', `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${text}`, { name, ...(group !== '' && { group }), kind, causes })
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message)
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized')
}

export function forbidden(resource: Named, name: string, why: string): StatusError {
  return new StatusError(403, 'Forbidden', `${qualified(resource)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`, about(resource, name))
}

export function expired(message = 'The resourceVersion for the provided watch is too old.'): StatusError {
  return new StatusError(410, 'Expired', message)
}

export function unsupportedMediaType(type: string): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - ${type}`)
}

export function tooLarge(): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728')
}
