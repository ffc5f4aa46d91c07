// The join, or barrier: holds items until every one before it is done, so that the whole set is known to be there.
import { namedCall } from '../pipeline/call.ts'
import { aTolerance, checkArgument, checkOptions } from '../pipeline/checks.ts'
import type { BarrierNode, GraphNode } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'
import type { BarrierOptions } from '../pipeline/options.ts'

export function barrier(input: GraphNode, name: string, options?: BarrierOptions): BarrierNode {
  const call = namedCall('barrier', name)
  checkArgument(call, name, 'the name', aName)
  checkOptions(call, options, { tolerate: aTolerance })
  return { kind: 'barrier', at: call.at, inputs: [input], name, tolerate: options?.tolerate ?? 0 }
}
