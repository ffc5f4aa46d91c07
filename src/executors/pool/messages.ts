// What the pool and its hosts say to each other, whatever carries it. A batch is columns: one array a field, not one object an item.
import type { WorkerReference } from '../../executor.ts'
import type { WireError } from './wire-error.ts'

/** A module and its export `(reference: WorkerReference) => Promise<Worker>`, which a host imports to find its worker. */
export interface Loader {
  /** file: URL. */
  readonly module: string
  readonly name: string
}

export interface Setup {
  readonly kind: 'setup'
  readonly loader: Loader
  readonly reference: WorkerReference
  readonly perMember: number
}

export interface Work {
  readonly kind: 'work'
  /** The number of the first item; the others follow. */
  readonly first: number
  /** One cell an item, shared with a thread: who claims it first, the host to run it or the pool to take it back. */
  readonly claims: Int8Array<SharedArrayBuffer> | undefined
  readonly stage: string
  readonly values: readonly unknown[]
  readonly ids: readonly string[]
  readonly keys: readonly (string | undefined)[]
  readonly times: readonly number[]
  readonly headers: readonly Readonly<Record<string, string>>[]
  readonly origins: readonly string[]
  readonly attempt: readonly number[]
  readonly attempts: readonly number[]
  readonly shards: readonly (string | undefined)[]
}

export type ToHost =
  | Setup
  | Work
  | { readonly kind: 'abort'; readonly item: number; readonly reason: WireError }
  /** Its result is no longer awaited; what it occupies is free again. */
  | { readonly kind: 'abandon'; readonly item: number }

export interface Done {
  readonly kind: 'done'
  readonly settled: readonly number[]
  readonly results: readonly unknown[]
  readonly failed: readonly number[]
  readonly errors: readonly WireError[]
  readonly elapsedMs: number
  /** How long each of these items was at work, added up: where several are at once, more than has elapsed. */
  readonly atWorkMs: number
}

export type FromHost =
  | { readonly kind: 'ready' }
  | { readonly kind: 'broken'; readonly error: WireError }
  | Done
  /** The abort reached a living event loop. */
  | { readonly kind: 'aborting'; readonly item: number; readonly hasBegun: boolean }
  | { readonly kind: 'log'; readonly item: number; readonly level: 'info' | 'warn' | 'error'; readonly message: string; readonly data: object | undefined }
  | { readonly kind: 'progress'; readonly item: number; readonly done: number; readonly total: number | undefined }
  /** A process group that has to end when the host does. */
  | { readonly kind: 'group'; readonly pid: number; readonly alive: boolean }

export const claim = { free: 0, running: 1, takenBack: 2 } as const
