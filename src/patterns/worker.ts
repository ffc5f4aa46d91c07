// A stage that works on items, one call an item, with retries; and what it gave up on.
import { millisecondsOf } from '../model/values.ts'
import { namedCall, namelessCall, refuse, type Call } from '../pipeline/call.ts'
import {
  aCount, aCountOrAuto, aDelay, aDuration, aFlag, aFunction, aPositiveNumber, aShare, aSize, aText, aTolerance, checkArgument, checkOptions, checkReadable, fields, isRecord, oneOf,
  where, type Checks,
} from '../pipeline/checks.ts'
import type { FailedNode, GraphNode, ShardNode, WorkNode, WorkSettings } from '../pipeline/graph.ts'
import { aLimit } from '../pipeline/limit.ts'
import { aName, differentNames } from '../pipeline/names.ts'
import type { WorkDefaults } from '../pipeline/options.ts'
import { sharderOf } from './sharder.ts'

export const workDefaults: Checks = {
  attempts: aCount,
  backoff: fields({ type: oneOf('exponential', 'fixed'), delay: aDelay, max: aDelay, jitter: aFlag }),
  timeout: aDuration,
  concurrency: aCountOrAuto,
}

const plain: Checks = {
  ...workDefaults,
  threads: aCountOrAuto,
  processes: aCountOrAuto,
  memory: aSize,
  cpu: aPositiveNumber,
  limit: aLimit,
  priority: aFunction,
  undo: aFunction,
  tolerate: aTolerance,
  hours: aText,
}

const keyed: Checks = { ...plain, ordered: aFlag, perKey: fields({ concurrency: aCount, perSecond: aPositiveNumber }) }
const sharded: Checks = { ...plain, rollout: fields({ from: aFunction, order: differentNames, soak: aDelay, rollBackAbove: aShare }, ['from']) }

/** What a stream must be for an option that others do not have. */
const elsewhere: Readonly<Record<string, string>> = {
  ordered: "'ordered' needs a key: write keyBy(...).work(...)",
  perKey: "'perKey' needs a key: write keyBy(...).work(...)",
  rollout: "'rollout' needs shards: write shard(...).work(...)",
}

const aWorker = where(value => typeof value === 'function', 'a function of (item, context)')

export function work(input: GraphNode, name: string, worker: WorkNode['worker'], options: WorkSettings = {}): WorkNode {
  const call = namedCall('stage', name)
  checkArgument(call, name, 'the name', aName)
  checkArgument(call, worker, 'the worker', aWorker)
  checkSettings(call, input, options)
  return { kind: 'work', at: call.at, inputs: [input], name, worker, options: given(options) }
}

/** Without what is undefined, which must not stand in the way of the pipeline's defaults. */
function given(options: WorkSettings): WorkSettings {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** What the stage gave up on. */
export function failed(of: WorkNode): FailedNode {
  return { kind: 'failed', at: namelessCall('failed', of).at, inputs: [of] }
}

function checkSettings(call: Call, input: GraphNode, options: WorkSettings): void {
  checkReadable(call, options, 'the options argument')
  const sharder = sharderOf(input)
  const checks = input.kind === 'key' ? keyed : sharder ? sharded : plain
  const misplaced = Object.keys(isRecord(options) ? options : {}).find(option => Object.hasOwn(elsewhere, option) && !Object.hasOwn(checks, option))
  if (misplaced !== undefined) refuse(call, elsewhere[misplaced]!)
  checkOptions(call, options, checks)
  checkBackoff(call, options)
  if (sharder) checkRolloutOrder(call, options, sharder)
}

export function checkBackoff(call: Call, { backoff }: WorkDefaults, prefix = ''): void {
  const { delay, max } = backoff ?? {}
  if (delay === undefined || max === undefined || millisecondsOf(delay, 'delay') <= millisecondsOf(max, 'max')) return
  refuse(call, `${prefix}backoff.delay is '${delay}', but must not be above backoff.max, '${max}'`)
}

function checkRolloutOrder(call: Call, { rollout }: WorkSettings, { name, shards }: ShardNode): void {
  const { order = [] } = rollout ?? {}
  const names = shards.map(shard => shard.name)
  const unknown = order.find(shard => !names.includes(shard))
  if (unknown === undefined) return
  refuse(call, `rollout.order names the shard '${unknown}', but sharder '${name}' has ${names.slice(0, 20).map(each => `'${each}'`).join(', ')}${names.length > 20 ? ', …' : ''}`)
}
