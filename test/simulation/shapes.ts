// Pipelines as plain data: what is built of them, what must come out and how they are shrunk all follow from the same description.
import type { GivenSplits } from '../../src/testing/given.ts'

export type Trouble = 'throws' | 'later' | 'hangs' | 'dies'

export interface Item {
  readonly n: number
  /** Fails for good in every worker, until it is mended. */
  readonly isBad: boolean
  /** First attempts in each worker that fail, and how. */
  readonly flaky: number
  readonly trouble: Trouble
  /** How often it takes the process with it. */
  readonly kills: number
}

export type WorkStyle = 'plain' | 'async' | 'ordered' | 'per key' | 'priority' | 'limited' | 'sharded'

/** What fails in a sharded stage until it is found out and mended: the workers of one shard, or the version that is rolled out. */
export interface Ailing {
  readonly what: 'shard' | 'version'
  /** Attempts that fail, and those of them after the run has told of it. */
  readonly attemptsMax: number
  readonly attemptsAfter: number
  /** Slowed down, items are not all gone before it is mended. */
  readonly perSecond: number | undefined
}

export type Step =
  | { readonly kind: 'map' | 'filter' | 'flatMap' }
  | { readonly kind: 'work'; readonly name: string; readonly style: WorkStyle; readonly attempts: number; readonly concurrency: number; readonly hasTimeout: boolean; readonly shards: number; readonly rollsOut: boolean; readonly ailing: Ailing | undefined; readonly failed: Chain | undefined }
  | { readonly kind: 'batch'; readonly name: string; readonly count: number; readonly isKeyed: boolean; readonly isTimed: boolean; readonly parts: number }
  | { readonly kind: 'chunks'; readonly name: string; readonly size: number; readonly throwsWhole: boolean }
  | { readonly kind: 'barrier'; readonly name: string; readonly tolerate: 0 | '100%' }
  | { readonly kind: 'sink'; readonly name: string; readonly commitsRun: boolean }
  | { readonly kind: 'merge'; readonly name: string; readonly byPriority: boolean }

export type Emit = 'at-end' | 'each-change' | 'every'

export type End =
  | { readonly kind: 'sink'; readonly name: string; readonly commitsRun: boolean }
  | { readonly kind: 'output' | 'topic'; readonly name: string }
  | { readonly kind: 'sum' | 'counts'; readonly name: string; readonly emit: Emit }
  | { readonly kind: 'split'; readonly even: Chain; readonly third: Chain; readonly rest: Chain }
  | { readonly kind: 'copy'; readonly first: Chain; readonly second: Chain }

export interface Chain {
  readonly steps: readonly Step[]
  readonly end: End
}

/** An item that is published while runs go on. */
export interface Arrival {
  readonly item: Item
  /** After the one before, in milliseconds. */
  readonly afterMs: number
  readonly priority: 'high' | 'normal' | 'low'
  readonly said: 'once' | 'twice' | 'unheard'
}

/** 'again': one run after the other until all that was published is taken. 'endless': started, and stopped when all of it is done. */
export type Manner = 'once' | 'again' | 'endless'

export interface Shape {
  readonly seed: number
  readonly manner: Manner
  readonly items: readonly Item[]
  /** Read from a topic, some said twice where it has ids. */
  readonly published: readonly Item[]
  readonly topicHasIds: boolean
  readonly arrivals: readonly Arrival[]
  /** Numbers of published items that are said twice. */
  readonly twice: readonly number[]
  readonly sourceHasIds: boolean
  readonly splits: GivenSplits
  readonly chain: Chain
  /** After a run that was complete with failures its dead letters are mended and sent back. */
  readonly isMended: boolean
  /** Another branch comes into the file in the middle of the run. */
  readonly isUpgraded: boolean
}

/** What a seed is for: 'ailing' for spills and rollouts, 'again' and 'endless' for what is published meanwhile. */
export type Kind = 'plain' | 'ailing' | 'again' | 'endless'

export function kindOf({ manner, chain }: Shape): Kind {
  if (manner !== 'once') return manner
  return isAiling(chain, 'shard') || isAiling(chain, 'version') ? 'ailing' : 'plain'
}

export function isAiling({ steps }: Chain, what: Ailing['what']): boolean {
  return steps.some(step => step.kind === 'work' && step.ailing?.what === what)
}
