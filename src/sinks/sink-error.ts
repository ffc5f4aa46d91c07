// The output cannot be written, or what is staged of it is damaged: work stops, nothing committed is lost.
import { BatchworkError } from '../model/errors.ts'

export class SinkError extends BatchworkError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('SINK', message, options)
  }
}
