// The topics of a run, and the subscriptions by which its stages read them.
import type { TopicSpec } from '../log.ts'
import type { Plan } from '../plan/plan.ts'
import { retryDelaysMs } from '../plan/topics.ts'
import { deadLetterTopic, keepingSubscription, outcomesTopic, partitionsOf, retryTopic, subscriptionOf, type RunNames } from './names.ts'
import { isStored } from './stage-factory.ts'

/**
 * Every topic a run needs, with the subscriptions that keep it. Of one that never ends all are made at its start: what measures how far behind it is, to start and stop
 * its processes (KEDA), takes a topic that is not there for an error.
 */
export function topicsToMake(plan: Plan, names: RunNames, isEndless: boolean): readonly TopicSpec[] {
  const subscriptions = (topic: string) => plan.stages.flatMap(stage => stage.inputs
    .filter(({ from }) => (from.kind === 'source' ? from.splits : from.topic) === topic)
    .map(input => subscriptionOf(names, stage, input)))
  const splits = new Set(plan.stages.flatMap(stage => stage.inputs).flatMap(({ from }) => (from.kind === 'source' ? [from.splits] : [])))
  return [
    ...plan.topics.filter(isStored).filter(({ name }) => !name.endsWith('/dead-letters')).map(topic => ({
      name: names.topic(topic.name), partitions: partitionsOf(topic), subscriptions: topic.isKept ? [] : [...subscriptions(topic.name), ...(topic.keepFor ? [keepingSubscription(names.topic(topic.name))] : [])],
    })),
    ...[...splits].map(name => ({ name: names.topic(name), partitions: 1, subscriptions: subscriptions(name) })),
    ...plan.stages.flatMap(({ name, lanes }) => [
      { name: names.topic(retryTopic(name)), partitions: lanes * retryDelaysMs.length, subscriptions: [names.subscription(name)], isSeldomUsed: !isEndless },
      { name: names.topic(deadLetterTopic(name)), partitions: lanes, subscriptions: [], isSeldomUsed: !isEndless },
    ]),
    { name: names.topic(outcomesTopic), partitions: 1, subscriptions: [keepingSubscription(names.topic(outcomesTopic))] },
  ]
}
