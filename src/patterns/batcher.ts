// Batching: items gather, durably, until a count, a size or a time is reached.
import { namedCall, refuse } from '../pipeline/call.ts'
import { aCount, aDuration, aSize, checkArgument, checkOptions } from '../pipeline/checks.ts'
import type { BatchNode, GraphNode } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'
import type { BatchOptions } from '../pipeline/options.ts'

export function batch(input: GraphNode, name: string, until: BatchOptions): BatchNode {
  const call = namedCall('batch', name)
  checkArgument(call, name, 'the name', aName)
  checkOptions(call, until, { count: aCount, size: aSize, within: aDuration })
  if (Object.values(until ?? {}).every(value => value === undefined)) refuse(call, "would gather for ever: give at least one of 'count', 'size' and 'within'")
  const { count, size, within } = until
  return { kind: 'batch', at: call.at, inputs: [input], name, until: { count, size, within } }
}
