// Which reduces read their source split by split: map and combine beside each other, merge at the end.
import type { Graph, GraphNode, ReduceNode } from '../pipeline/graph.ts'
import type { Source } from '../source.ts'
import type { ReduceStage } from './plan.ts'

/**
 * Those of unstored sources whose one result comes at the end. A source that gives no blocks is read item by item unless threads are asked for: it
 * may be slow, and item by item it goes on in the middle of a split.
 */
export function mapsSplits({ inputs, emit, threads }: ReduceStage): boolean {
  return isAtEnd(emit) && inputs.every(({ from, gates }) => from.kind === 'source' && gates.length === 0 && (givesBlocks(from.source) || threads !== undefined))
}

/** Sources whose every reader is such a reduce: reading one again costs less than storing it. `originsOf` gives the sources that a node takes from. */
export function sourcesReadAnew({ nodes, outputs }: Graph, originsOf: (node: GraphNode) => readonly GraphNode[]): ReadonlySet<GraphNode> {
  const others = new Set(Object.values(outputs).flatMap(originsOf))
  const found = new Set<GraphNode>()
  for (const node of nodes.filter(isReader)) {
    const origins = node.inputs.flatMap(originsOf)
    for (const origin of origins) {
      // Two inputs of one stage from one source would share their progress.
      const isAnew = node.kind === 'reduce' && isAtEnd(node.emit) && origin.kind === 'source' && givesBlocks(origin.source) && origins.filter(each => each === origin).length === 1
      if (isAnew) found.add(origin)
      else others.add(origin)
    }
  }
  for (const origin of others) found.delete(origin)
  return found
}

function isAtEnd(emit: ReduceNode['emit']): boolean {
  return emit === undefined || emit === 'at-end'
}

function givesBlocks(source: Source<unknown>): boolean {
  return typeof source.readBlocks === 'function'
}

/** What reads its inputs itself; other nodes are fused into their readers. */
export function isReader(node: GraphNode): boolean {
  return node.kind === 'work' || node.kind === 'reduce' || node.kind === 'batch' || node.kind === 'sink' || node.kind === 'shard' || (node.kind === 'merge' && node.priority !== undefined)
}
