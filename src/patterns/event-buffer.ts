// The event buffer: events of several kinds wait, durably and each for a limited time, for the others of their key.
import { namedCall, refuse } from '../pipeline/call.ts'
import { aDuration, checkArgument, checkOptions } from '../pipeline/checks.ts'
import type { GraphNode, LaterNode } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'
import type { JoinByKeyOptions } from '../pipeline/options.ts'

export function joinByKey(inputs: readonly GraphNode[], name: string, options: JoinByKeyOptions): LaterNode {
  const call = namedCall('join by key', name)
  checkArgument(call, name, 'the name', aName)
  if (inputs.length < 2) refuse(call, 'joins fewer than two streams; give an object of at least two keyed streams')
  checkOptions(call, options, { within: aDuration })
  if (options?.within === undefined) refuse(call, "'within' is missing: how long the parts of one key wait for each other, such as { within: '6h' }")
  return { kind: 'later', at: call.at, inputs, name, pattern: 'joinByKey' }
}
