// What an API server refused, or that it could not be reached.
import { BatchworkError } from '../../model/errors.ts'

const whatToDo: Readonly<Record<number, string>> = {
  401: 'log in to the cluster again, or check KUBECONFIG',
  403: "apply what 'batchwork queue manifests' prints, or raise the namespace's quota",
  404: 'check the namespace (--namespace) and the cluster (KUBECONFIG)',
}

/** `code` is KUBERNETES; `status` and `reason` are those of the API server, 0 and 'Unreachable' where it did not answer. */
export class KubernetesError extends BatchworkError {
  readonly status: number
  readonly reason: string
  readonly retryAfterMs: number | undefined
  constructor(doing: string, status: number, reason: string, message: string, options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {}) {
    const hint = whatToDo[status]
    super('KUBERNETES', `${doing}: ${status === 0 ? '' : `${status} `}${reason}: ${message}${hint ? `; ${hint}` : ''}`, 'cause' in options ? { cause: options.cause } : undefined)
    this.status = status
    this.reason = reason
    this.retryAfterMs = options.retryAfterMs
  }

  /** Whether the same request may succeed a while later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }

  get isNotFound(): boolean {
    return this.status === 404
  }

  get isAlreadyThere(): boolean {
    return this.status === 409 && this.reason === 'AlreadyExists'
  }

  get isConflict(): boolean {
    return this.status === 409 && this.reason !== 'AlreadyExists'
  }

  get isExpired(): boolean {
    return this.status === 410 || this.reason === 'Expired' || this.reason === 'Gone'
  }
}

export function isKubernetes(error: unknown, test: (error: KubernetesError) => boolean): boolean {
  return error instanceof KubernetesError && test(error)
}
