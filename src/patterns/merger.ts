// The merger: many streams become one, read in turn, so that a busy one cannot starve the others.
import { namedCall, refuse } from '../pipeline/call.ts'
import { aFunction, checkArgument, checkOptions } from '../pipeline/checks.ts'
import type { GraphNode, MergeNode } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'
import type { MergeOptions } from '../pipeline/options.ts'

export function merge(inputs: readonly GraphNode[], name: string, options?: MergeOptions<any>): MergeNode {
  const call = namedCall('merger', name)
  checkArgument(call, name, 'the name', aName)
  if (inputs.length === 0) refuse(call, 'has no streams; give at least one')
  checkOptions(call, options, { priority: aFunction })
  return { kind: 'merge', at: call.at, inputs, name, priority: options?.priority }
}
