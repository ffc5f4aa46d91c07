// What the store thread and its log say to each other. First which store it is for; requests are the methods of Log; an answer carries the request's number.
import { BatchworkError, FencedError, LogError } from '../../model/errors.ts'
import type { PartitionId } from '../../log.ts'

export interface StoreThreadData {
  readonly folder: string
  readonly durability: 'full' | 'relaxed'
}

export type Method =
  | 'append' | 'commit' | 'createTopics' | 'deleteTopics' | 'deleteStores' | 'join' // these change the store
  | 'topics' | 'read' | 'progress' | 'get' | 'scan' // these read it
  | 'leave' | 'watch' | 'close'

export interface Request {
  readonly number: number
  readonly method: Method
  readonly parameters: readonly unknown[]
}

export interface Answers {
  readonly answers: readonly Answer[]
  /** Partitions that have something new to read. */
  readonly appended: readonly PartitionId[]
}

export interface Answer {
  readonly number: number
  readonly value?: unknown
  readonly error?: ErrorMessage | undefined
}

export interface ErrorMessage {
  readonly kind: 'log' | 'fenced' | 'other'
  readonly code: string
  readonly message: string
}

export function toMessage(error: unknown): ErrorMessage {
  const kind = error instanceof FencedError ? 'fenced' : error instanceof LogError ? 'log' : 'other'
  return { kind, code: (error as { code?: string }).code ?? 'STORE', message: error instanceof Error ? error.message : String(error) }
}

export function fromMessage({ kind, code, message }: ErrorMessage): Error {
  if (kind === 'fenced') return Object.assign(new FencedError(0, 0), { message })
  return kind === 'log' ? new LogError(code, message) : new BatchworkError(code, message)
}
