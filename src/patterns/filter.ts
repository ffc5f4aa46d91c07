// The filter: keeps what matches and drops the rest, counted, without a hop of its own.
import { namelessCall } from '../pipeline/call.ts'
import { checkArgument, where } from '../pipeline/checks.ts'
import type { FilterNode, GraphNode } from '../pipeline/graph.ts'

const aPredicate = where(value => typeof value === 'function', 'a function of (item, meta) that says whether to keep the item')

export function filter(input: GraphNode, keep: FilterNode['keep']): FilterNode {
  const call = namelessCall('filter', input)
  checkArgument(call, keep, 'its argument', aPredicate)
  return { kind: 'filter', at: call.at, inputs: [input], keep }
}
