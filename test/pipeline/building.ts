// Builds graphs in tests, and catches what is refused.
import assert from 'node:assert/strict'
import { PlanError } from '../../src/model/errors.ts'
import { buildGraph } from '../../src/pipeline/build.ts'
import type { Flow } from '../../src/pipeline/flow.ts'
import type { Graph, GraphNode } from '../../src/pipeline/graph.ts'
import { pipeline } from '../../src/pipeline/pipeline.ts'
import type { Stream } from '../../src/pipeline/stream.ts'
import type { Source } from '../../src/source.ts'

/** A source of a list: one split, positions by count. */
export function listed<T>(values: readonly T[]): Source<T> {
  return {
    splits: () => [{ id: 'all' }],
    async *read(_split, from) {
      for (let index = (from as number | undefined) ?? 0; index < values.length; index++) yield { item: values[index]!, position: index + 1 }
    },
  }
}

export interface Photo {
  readonly path: string
  readonly bytes: number
}

export function graphOf(build: (photos: Stream<Photo>, flow: Flow) => void): Graph {
  return buildGraph(pipeline('test', flow => build(flow.source('photos', listed<Photo>([])), flow)))
}

/** The nodes after the source, by kind. */
export function nodesOf<Kind extends GraphNode['kind']>(graph: Graph, kind: Kind): Extract<GraphNode, { kind: Kind }>[] {
  return graph.nodes.filter(node => node.kind === kind) as Extract<GraphNode, { kind: Kind }>[]
}

/** The PlanError that a build is refused with. `any`: what is refused is mostly what the types refuse too. */
export function refusal(build: (photos: any, flow: any) => void): PlanError {
  return refusalOf(() => graphOf(build))
}

export function refusalOf(call: () => unknown): PlanError {
  try {
    call()
  } catch (error) {
    assert.ok(error instanceof PlanError, `expected a PlanError, got ${String(error)}`)
    return error
  }
  return assert.fail('nothing was refused')
}

/** The message without the place. */
export function problem(error: PlanError): string {
  return error.message.split('\n')[0]!
}
