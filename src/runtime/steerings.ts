// What steers a work stage: nothing, where it is in no sharder; its rollout; the spill of its shards.
import { createHash } from 'node:crypto'
import { millisecondsOf, shareOf } from '../model/values.ts'
import type { Plan, WorkStage } from '../plan/plan.ts'
import type { RolloutRecord, RolloutRules } from '../policies/rollout.ts'
import type { ShardCondition } from '../policies/shard-health.ts'
import { rolloutsStore, shardsStore } from './control.ts'
import type { Environment } from './environment.ts'
import type { Intake } from './intake.ts'
import type { RunNames } from './names.ts'
import { ShardSpill } from './shard-spill.ts'
import type { StageRunner } from './stage-runner.ts'
import { StagedRollout } from './staged-rollout.ts'
import type { SteeredStage, Steering } from './steering.ts'

/** What earlier processes left, as text. */
export interface SteeredBefore {
  /** Rollouts by stage. */
  readonly rollouts: ReadonlyMap<string, string>
  /** Shards that are not simply healthy, by 'stage/shard'. */
  readonly shards: ReadonlyMap<string, string>
}

export interface SteeringParts {
  readonly making: {
    readonly plan: Pick<Plan, 'pipeline'>
    readonly names: RunNames
    readonly environment: Environment
    readonly steered: SteeredBefore
    readonly wake: () => void
  }
  readonly runner: StageRunner
  readonly intake: Intake
  readonly mayRun: readonly boolean[]
}

const soakDefault = '10m'

/** The rollout first: what fails on trial says nothing about its shard. */
export function steeringsOf(stage: WorkStage, parts: SteeringParts): readonly Steering[] {
  return [...(stage.settings.rollout ? [rolloutOf(stage, stage.settings.rollout, parts)] : []), ...(stage.spillAbove === undefined ? [] : [spillOf(stage, stage.spillAbove, parts)])]
}

function rolloutOf(stage: WorkStage, settings: NonNullable<WorkStage['settings']['rollout']>, { making, runner }: SteeringParts): StagedRollout {
  const before = making.steered.rollouts.get(stage.name)
  return new StagedRollout({
    stage: steered(stage, making), rules: rulesOf(stage, settings), store: rolloutsStore(making.plan.pipeline),
    before: before === undefined ? undefined : (JSON.parse(before) as RolloutRecord), hasEnded: lane => runner.isLaneDone(lane),
  })
}

function rulesOf({ name, shards, worker }: WorkStage, { from, order = [], soak = soakDefault, rollBackAbove }: NonNullable<WorkStage['settings']['rollout']>): RolloutRules {
  const named = shards.map(shard => shard.name)
  const text = JSON.stringify([named, order, soak, rollBackAbove, String(worker), String(from)])
  return {
    fingerprint: createHash('sha256').update(text).digest('hex').slice(0, 16),
    order: [...order, ...named.filter(shard => !order.includes(shard))],
    soakMs: millisecondsOf(soak, `rollout.soak of '${name}'`),
    rollBackAbove: rollBackAbove === undefined ? undefined : shareOf(rollBackAbove, `rollout.rollBackAbove of '${name}'`),
  }
}

function spillOf(stage: WorkStage, spillAbove: number, { making, runner, intake, mayRun }: SteeringParts): ShardSpill {
  const conditions = stage.shards.flatMap(({ name }, lane) => {
    const before = making.steered.shards.get(`${stage.name}/${name}`)
    return before === undefined ? [] : [[lane, JSON.parse(before) as ShardCondition] as const]
  })
  return new ShardSpill({
    stage: steered(stage, making), intake, spillAbove, store: making.names.store(shardsStore), before: new Map(conditions), mayRun,
    move: (flight, unit, state) => runner.move(flight, unit, state),
  })
}

function steered({ name, shards }: WorkStage, { environment, wake }: SteeringParts['making']): SteeredStage {
  return {
    name, shards,
    now: () => environment.clock.now(),
    wakeAfter: delayMs => environment.clock.after(delayMs, wake),
    say: (level, message) => environment.onMessage({ stage: name, id: '', level, message }),
  }
}
