// Whether items of an unhealthy shard may go to the others. Another shard runs them at another time, so what needs an order rules it out.
import { PlanError } from '../model/errors.ts'
import { shareOf } from '../model/values.ts'
import { sharderOf } from '../patterns/sharder.ts'
import type { Graph, GraphNode, ShardNode } from '../pipeline/graph.ts'

const spillAboveDefault = '50%'

/** The share of failures above which a shard's items go to the others; undefined for never. Throws PlanError where the option cannot hold. */
export function spillAboveOf(graph: Graph, sharder: ShardNode): number | undefined {
  const { name, at, shards, spillAbove } = sharder
  if (spillAbove === 'never' || shards.length === 1) return undefined
  const ordered = graph.nodes.find(node => needsOrder(node, sharder))
  if (!ordered) return shareOf(spillAbove ?? spillAboveDefault, 'spillAbove')
  if (spillAbove === undefined) return undefined
  throw new PlanError(name, at,
    `sharder '${name}': spillAbove is '${spillAbove}', but '${(ordered as { readonly name: string }).name}' behind it keeps items of a key in order, or a result of each key, and items that spill come out of their turn; use spillAbove: 'never', or put a barrier between them`)
}

function needsOrder(node: GraphNode, sharder: ShardNode): boolean {
  const isOrdered = (node.kind === 'work' && node.options.ordered === true) || node.kind === 'reduce'
  const key = isOrdered ? node.inputs[0]! : undefined
  return key?.kind === 'key' && sharderOf(key.inputs[0]!) === sharder
}
