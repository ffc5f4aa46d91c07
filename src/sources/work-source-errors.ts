// What may be wrong with a work source, by what is to be done about it: try again, set the item aside, or stop.
import { SourceError } from './source-error.ts'

/** It is not there, overloaded or out of order: worth another try. */
export class UnreachableError extends SourceError {}

/** It gave an answer that cannot be taken: too large, not JSON, not the document that was asked for. */
export class AnswerError extends SourceError {}
