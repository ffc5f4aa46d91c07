// What the conformance suite asks of an engine's author: how to get at fresh storage, and what the engine cannot do, with the reason.
import type { Log } from '../../log.ts'

/**
 * - 'crash': a handle can end as a killed process does.
 * - 'expel': a handle can be taken for dead while it lives, as after a pause past its lease.
 * - 'share a group': several processes are members at once. An engine that cannot refuses later ones with LogError 'LOCKED' until the first is gone.
 * - 'show together': who sees one part of a commit sees all of it, in every partition. (Within one partition that is asked of all.)
 */
export type Capability = 'crash' | 'expel' | 'share a group' | 'show together'

/** Fresh storage. */
export interface LogFixture {
  /** Another process, or what plays one, on this storage. */
  open(): Promise<Log>
  crash?(log: Log): void | Promise<void>
  expel?(log: Log): void | Promise<void>
  /** Makes the engine's clock jump. Left out: real time is waited for, some milliseconds. */
  advance?(ms: number): void | Promise<void>
  /** After all handles are closed. */
  remove(): Promise<void>
}

export interface LogEngine {
  readonly name: string
  create(): Promise<LogFixture>
  /** Cases that need these are skipped, with the reason. */
  readonly cannot?: Readonly<Partial<Record<Capability, string>>> | undefined
  /** How long to wait for what may take its time. Default 10,000. */
  readonly patienceMs?: number | undefined
}

export interface ConformanceCase {
  /** A sentence of the contract. */
  readonly name: string
  readonly skip: string | undefined
  readonly run: () => Promise<void>
}
