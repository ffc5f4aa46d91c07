// Collects the nodes of one run of a `build` function, in the order they are made. Closed when build returns: what a stream does later
// would be in no plan.
import { PlanError } from '../model/errors.ts'
import { nearestName } from './call.ts'
import type { GraphNode } from './graph.ts'

export class GraphBuilder {
  readonly pipeline: string
  readonly #nodes: GraphNode[] = []
  readonly #change: (node: GraphNode) => GraphNode
  #isClosed = false

  /** `change` gives the node to be used in place of one, of the same kind. */
  constructor(pipeline: string, change: (node: GraphNode) => GraphNode = node => node) {
    this.pipeline = pipeline
    this.#change = change
  }

  add<Node extends GraphNode>(given: Node): Node {
    const node = this.#change(given) as Node
    if (this.#isClosed) {
      const problem = `pipeline '${this.pipeline}' was built already: its streams can be used in its build function only, before that returns`
      throw new PlanError(nearestName(node), node.at, problem)
    }
    this.#nodes.push(node)
    return node
  }

  close(): readonly GraphNode[] {
    this.#isClosed = true
    return this.#nodes
  }
}
