// Keys: items of one key belong together, in order, in state and in joins.
import { namelessCall } from '../pipeline/call.ts'
import { checkArgument, where } from '../pipeline/checks.ts'
import type { GraphNode, KeyNode } from '../pipeline/graph.ts'

const aKeyFunction = where(value => typeof value === 'function', 'a function of (item, meta) that gives a string or a number')

export function keyBy(input: GraphNode, key: KeyNode['key']): KeyNode {
  const call = namelessCall('keyBy', input)
  checkArgument(call, key, 'its argument', aKeyFunction)
  return { kind: 'key', at: call.at, inputs: [input], key }
}
