// The input is not as it was listed, or cannot be read at all: reading stops, nothing read before is lost.
import { BatchworkError } from '../model/errors.ts'

export class SourceError extends BatchworkError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('SOURCE', message, options)
  }
}

/** One item that cannot be read; the rest of the input can. */
export class UnreadableItemError extends BatchworkError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('UNREADABLE_ITEM', message, options)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function tooLong(file: string, kind: { readonly noun: string; readonly bytesMax: number }, byte: number): SourceError {
  return new SourceError(`${file}: the ${kind.noun} that begins at byte ${byte} is longer than ${kind.bytesMax} bytes; is it a text file with ${kind.noun === 'word' ? 'white space' : 'line breaks'}?`)
}
