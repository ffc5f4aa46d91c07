// How a run's topics, subscriptions and state stores are called. '/' keeps them apart from users' names, which may not hold it.
import type { Plan, StagePlan, TopicPlan } from '../plan/plan.ts'

export interface RunNames {
  /** Internal names begin with it: pipeline/run for a bounded run, pipeline for one that never ends. */
  readonly scope: string
  readonly topic: (name: string) => string
  readonly subscription: (stage: string, input?: string) => string
  readonly store: (name: string) => string
}

export function namesOf(plan: Plan, scope: string): RunNames {
  const shared = new Set(plan.topics.filter(topic => topic.isShared).map(topic => topic.name))
  return {
    scope,
    topic: remembered(name => (shared.has(name) ? name : `${scope}/${name}`)),
    // Progress in users' topics outlives the run, so that the next goes on where this one ended.
    subscription: (stage, input) => `${input !== undefined && shared.has(input) ? plan.pipeline : scope}/${stage}`,
    store: remembered(name => `${scope}/${name}`),
  }
}

/** Names are asked for at every turn, to look something up by: one made anew is hashed anew. There are as many as the plan has. */
function remembered(make: (name: string) => string): (name: string) => string {
  const made = new Map<string, string>()
  return name => {
    const known = made.get(name)
    if (known !== undefined) return known
    const full = make(name)
    made.set(name, full)
    return full
  }
}

export const retryTopic = (stage: string) => `${stage}/retry`
export const deadLetterTopic = (stage: string) => `${stage}/dead-letters`
export const outcomesTopic = '/outcomes'

export function partitionsOf(topic: Pick<TopicPlan, 'shards' | 'levels'>): number {
  return topic.shards * topic.levels
}

/** The lane of a stage that reads this partition of a topic. */
export function laneOf({ lanes }: Pick<StagePlan, 'lanes'>, partition: number, levels: number): number {
  return Math.floor(partition / levels) % lanes
}

/** By which a stage reads one of its inputs. */
export function subscriptionOf(names: RunNames, stage: StagePlan, input: StagePlan['inputs'][number]): string {
  const topic = input.from.kind === 'source' ? input.from.splits : input.from.topic
  const subscription = names.subscription(stage.name, topic)
  return input.name === topic || input.from.kind === 'source' ? subscription : `${subscription}/${input.name}`
}

/** What holds a topic's items though all its readers are done with them. */
export const keepingSubscription = (topic: string) => `/keeps/${topic}`
