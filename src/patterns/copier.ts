// The copier: one stream becomes several of the same. Stored once however many copies: each is a subscription of its own.
// Using a stream twice is a copier already; this gives the copies names.
import { namelessCall, refuse } from '../pipeline/call.ts'
import { checkArgument, mustBe } from '../pipeline/checks.ts'
import type { GraphNode } from '../pipeline/graph.ts'
import { differentNames } from '../pipeline/names.ts'

export function copy<Copied, N extends string, S>(input: GraphNode, stream: Copied, names: readonly N[], build: (copy: Copied, name: N) => S): Record<N, S> {
  const call = namelessCall('copy', input)
  checkArgument(call, names, 'names', differentNames)
  if (typeof build !== 'function') refuse(call, mustBe('its second argument', build, 'a function of (copy, name) that goes on with a copy'))
  return Object.fromEntries(names.map(name => [name, build(stream, name)])) as Record<N, S>
}
