// Makes the runner of a stage, or of some of its lanes: its feeds, by kind of input, and its processor, by kind of stage.
import type { StagePlan, TopicPlan } from '../plan/plan.ts'
import { afterFailure, retryPolicyOf, type RetryPolicy } from '../policies/retry.ts'
import { addressOf } from './address.ts'
import { FeedMaker } from './feed-maker.ts'
import { Intake } from './intake.ts'
import type { Host } from './processor.ts'
import { processorOf } from './processor-maker.ts'
import type { StageMaking } from './stage-making.ts'
import { StageRunner } from './stage-runner.ts'
import { StagedRollout } from './staged-rollout.ts'
import { steeringsOf } from './steerings.ts'

/** A sink's trouble is seldom an item's: it is given longer. */
const sinkAttempts = 8

export function makeStage(stage: StagePlan, making: StageMaking): StageRunner {
  const { plan, names, lanes, countsKey, environment, epoch, round, counters, endedLanes, held, onCommitted, onError } = making
  const policy = policyOf(stage)
  const refuse = (error: unknown, before: Parameters<typeof afterFailure>[1]) => afterFailure(policy, before, error, environment.clock.now(), environment.random)
  const output = plan.topics.find(topic => topic.name === stage.output && isStored(topic))
  const areFailuresRead = plan.stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'dead-letters' && from.stage === stage.name))
  const runner = new StageRunner({
    stage, lanes, countsKey, environment, names, epoch, round, output, areFailuresRead, counters, endedLanes, held, refuse, onCommitted, onError,
    address: addressOf(stage), mayEnd: () => making.mayEnd(stage),
  })
  const feeds = new FeedMaker(stage, making, runner, refuse).all()
  const mayRun = making.mayRun(stage)
  const intake = new Intake(feeds)
  const steerings = stage.kind === 'work' ? steeringsOf(stage, { making, runner, intake, mayRun }) : []
  const isSteered = steerings.length > 0
  const host: Host = {
    intake,
    // Asked for each unit.
    mayRun: lane => !runner.isStopping && mayRun[lane]! && (!isSteered || steerings.every(steering => steering.mayStart(lane))),
    starting: (flight, unit) => { for (const steering of steerings) steering.starting(flight, unit) },
    settle: (flight, unit, result) => runner.settle(flight, unit, result),
    settleAll: (flight, results) => runner.settleAll(flight, results),
    fail: (flight, unit, error) => runner.fail(flight, unit, error),
    hold: (flight, unit, error) => runner.hold(flight, unit, error),
    retryOf: (flight, unit) => runner.retryOf(flight, unit),
    inOneCommit: settle => runner.inOneCommit(settle),
    commitNow: () => runner.commitNow(),
    isInputOver: () => runner.isInputOver,
    wake: making.wake,
    onError,
  }
  const rollout = steerings.find(steering => steering instanceof StagedRollout)
  runner.attach(feeds, processorOf(stage, { making, host, feeds, policy, rollout }), steerings)
  return runner
}

/** A topic nobody reads is not written. */
export function isStored(topic: TopicPlan): boolean {
  return topic.isShared || topic.isKept || topic.readers.length > 0
}

function policyOf(stage: StagePlan): RetryPolicy {
  if (stage.kind === 'work') return retryPolicyOf(stage.settings)
  if (stage.kind !== 'sink') return retryPolicyOf({ attempts: 1 })
  // Without jitter what was refused together is written together, not item by item.
  return retryPolicyOf({ attempts: sinkAttempts, backoff: { jitter: false } })
}

