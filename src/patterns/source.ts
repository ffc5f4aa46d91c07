// Where a stream begins: a source of its own, or a subscription to a topic.
import { namedCall, refuse, type Call } from '../pipeline/call.ts'
import { aFunction, anOffset, aSchema, checkArgument, checkOptions, checkReadable, either, fields, oneOf, where } from '../pipeline/checks.ts'
import type { SourceNode, TopicNode } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'
import type { SourceOptions, SubscriptionOptions } from '../pipeline/options.ts'
import { isTopic, type Topic } from '../pipeline/topic.ts'
import type { Source } from '../source.ts'

const aDate = where(value => value instanceof Date && !Number.isNaN(value.getTime()), 'a valid Date')

const positions = fields({ time: aDate, offset: anOffset })
const aPosition = either(
  oneOf('beginning', 'now'),
  (value, option) => positions(value, option) ?? (Object.keys(value as object).length === 1 ? undefined : `${option} must have either 'time' or 'offset'`),
  "'beginning', 'now', { time: Date } or { offset: number }",
)

export function source(name: string, from: Source<unknown>, options?: SourceOptions<any>): SourceNode {
  const call = namedCall('source', name)
  checkArgument(call, name, 'the name', aName)
  checkReadable(call, from, 'the source')
  checkSource(call, from)
  checkOptions(call, options, { schema: aSchema, id: aFunction, time: aFunction })
  return { kind: 'source', at: call.at, inputs: [], name, source: from, schema: options?.schema, id: options?.id, time: options?.time }
}

export function subscribe(topic: Topic<any, any>, options?: SubscriptionOptions): TopicNode {
  const call = namedCall('topic', topic.name)
  checkOptions(call, options, { from: aPosition })
  return { kind: 'topic', at: call.at, inputs: [], name: topic.name, topic, from: options?.from }
}

function checkSource(call: Call, from: unknown): void {
  if (isTopic(from)) refuse(call, 'a topic has its own name: write flow.source(topic)')
  const given = (from ?? {}) as Readonly<Record<string, unknown>>
  const missing = ['splits', 'read'].filter(name => typeof given[name] !== 'function')
  if (missing.length === 0) return
  refuse(call, `its second argument is no source: it has no function ${missing.map(name => `'${name}'`).join(', ')}; use files(), lines(), items() or your own { splits, read }`)
}
