// Thrown by a worker when the other side says when to come again.
import { millisecondsOf, type Duration } from './values.ts'

export class RetryLater extends Error {
  readonly code = 'RETRY_LATER' as const
  readonly afterMs: number
  constructor(reason: string, options: { readonly after: Duration; readonly cause?: unknown }) {
    super(reason, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'RetryLater'
    this.afterMs = millisecondsOf(options.after, 'RetryLater: after')
  }
}
