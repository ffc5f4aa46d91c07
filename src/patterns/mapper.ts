// Map and flat map: one item becomes one other, or any number of others. Synchronous and fused into the stage that reads it.
import { namelessCall } from '../pipeline/call.ts'
import { checkArgument, where } from '../pipeline/checks.ts'
import type { FlatMapNode, GraphNode, MapNode } from '../pipeline/graph.ts'

const aTransform = where(value => typeof value === 'function', 'a function of (item, meta) that gives the new item')
const aFlatTransform = where(value => typeof value === 'function', 'a function of (item, meta) that gives an iterable of new items')

export function map(input: GraphNode, transform: MapNode['transform']): MapNode {
  const call = namelessCall('map', input)
  checkArgument(call, transform, 'its argument', aTransform)
  return { kind: 'map', at: call.at, inputs: [input], transform }
}

export function flatMap(input: GraphNode, transform: FlatMapNode['transform']): FlatMapNode {
  const call = namelessCall('flatMap', input)
  checkArgument(call, transform, 'its argument', aFlatTransform)
  return { kind: 'flatMap', at: call.at, inputs: [input], transform }
}
