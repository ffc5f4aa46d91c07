// Pipelines as plain data: what is built of them, what must come out and how they are shrunk all follow from the same description.
import type { GivenSplits } from '../../src/testing/given.ts'

/** A function that throws does it for one of so many numbers. */
export const throwsOneIn = 7

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

/** Two workers of one item, or three. */
export type Together = 'race' | 'agree' | 'one after the other'

/** The function beside it, which reads an item to change it, or to tell its key, its priority or its shard, throws for numbers that leave this rest. */
interface Throwing {
  readonly throwsAt?: number | undefined
}

export type Step = Throwing & (
  | { readonly kind: 'map' | 'filter' | 'flatMap' }
  | { readonly kind: 'work'; readonly name: string; readonly style: WorkStyle; readonly attempts: number; readonly concurrency: number; readonly hasTimeout: boolean; readonly shards: number; readonly rollsOut: boolean; readonly ailing: Ailing | undefined; readonly failed: Chain | undefined; readonly together?: Together | undefined }
  | { readonly kind: 'batch'; readonly name: string; readonly count: number; readonly isKeyed: boolean; readonly isTimed: boolean; readonly parts: number }
  | { readonly kind: 'chunks'; readonly name: string; readonly size: number; readonly throwsWhole: boolean }
  | { readonly kind: 'barrier'; readonly name: string; readonly tolerate: 0 | '100%' }
  | { readonly kind: 'sink'; readonly name: string; readonly commitsRun: boolean }
  | { readonly kind: 'merge'; readonly name: string; readonly byPriority: boolean }
)

export type Emit = 'at-end' | 'each-change' | 'every'

/** Of a sum its reducer throws, of a split the test of a route. */
export type End = Throwing & (
  | { readonly kind: 'sink'; readonly name: string; readonly commitsRun: boolean }
  | { readonly kind: 'output' | 'topic'; readonly name: string }
  | { readonly kind: 'sum' | 'counts'; readonly name: string; readonly emit: Emit }
  /** Without a default nothing goes to the rest. */
  | { readonly kind: 'split'; readonly even: Chain; readonly third: Chain; readonly rest: Chain; readonly hasDefault?: boolean | undefined }
  | { readonly kind: 'copy'; readonly first: Chain; readonly second: Chain }
)

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
  /** The function that gives an id throws for numbers that leave this rest. */
  readonly sourceThrows?: number | undefined
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

export function throwsFor(throwsAt: number | undefined, { n }: Item): boolean {
  return throwsAt !== undefined && n % throwsOneIn === throwsAt
}
