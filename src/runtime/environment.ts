// What the stages of one run share. Clock, randomness, log and executors come in from outside, so that a simulator can stand in for each.
import type { Clock } from '../clock.ts'
import type { Executor } from '../executor.ts'
import type { Log } from '../log.ts'
import type { LimitOptions, Limiter } from '../policies/limiter.ts'
import type { MapReducer } from '../map-reducer.ts'
import type { ReduceStage, WorkStage } from '../plan/plan.ts'

export interface WorkerMessage {
  readonly stage: string
  readonly id: string
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly data?: object | undefined
}

export interface Environment {
  readonly log: Log
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly executorFor: (stage: WorkStage, capacity: number) => Executor
  /** Where absent, a reduce takes its source item by item. `hash` is the plan's. */
  readonly mapReducerFor?: ((stage: ReduceStage, run: { readonly scope: string; readonly hash: string }) => MapReducer) | undefined
  readonly onMessage: (message: WorkerMessage) => void
}

/** Named limits, shared by all stages of a process. */
export type Limiters = (limit: { readonly name: string } & LimitOptions) => Limiter
