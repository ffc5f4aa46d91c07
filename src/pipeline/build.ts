// Runs the build function of a pipeline: gives its graph. As often as one likes; each time anew.
import { PlanError } from '../model/errors.ts'
import { conform } from '../model/schema.ts'
import { refuse, type Call } from './call.ts'
import { checkArgument, checkReadable, isRecord, mustBe } from './checks.ts'
import { GraphFlow } from './flow.ts'
import { GraphBuilder } from './graph-builder.ts'
import type { Graph, GraphNode } from './graph.ts'
import { aName } from './names.ts'
import { nodeOf } from './node-streams.ts'
import { readPipeline, type Pipeline, type PipelineInternals } from './pipeline.ts'

/** `params` as given, before the schema: it is applied here. Throws SchemaError, PlanError, and what `build` itself throws. */
export function buildGraph(pipeline: Pipeline<any, any>, params?: unknown): Graph {
  const internals = internalsOf(pipeline)
  if (internals.graph) return changed(internals.graph(), internals.change)
  const builder = new GraphBuilder(internals.name, internals.change)
  const conformed = paramsOf(pipeline, params)
  try {
    const outputs = outputsOf(internals, internals.build(new GraphFlow(builder), conformed), builder)
    return { name: internals.name, nodes: builder.close(), outputs }
  } finally {
    builder.close()
  }
}

/** The parameters as `build` gets them: checked, and with the schema's defaults. Throws SchemaError. */
export function paramsOf(pipeline: Pipeline<any, any>, given?: unknown): unknown {
  const { name, options } = internalsOf(pipeline)
  return options.params ? conform(options.params, given ?? {}, `the parameters of pipeline '${name}'`) : given
}

function changed({ name, nodes, outputs }: Graph, change: PipelineInternals['change'] = node => node): Graph {
  const made = new Map<GraphNode, GraphNode>()
  for (const node of nodes) made.set(node, change({ ...node, inputs: node.inputs.map(input => made.get(input)!) }))
  return { name, nodes: [...made.values()], outputs: Object.fromEntries(Object.entries(outputs).map(([output, node]) => [output, made.get(node)!])) }
}

function internalsOf(pipeline: unknown): PipelineInternals {
  const internals = readPipeline(pipeline)
  if (!internals) throw new PlanError('', '', mustBe('the value', pipeline, "a pipeline, made by pipeline('name', flow => ...)"))
  return internals
}

function outputsOf({ name, at }: PipelineInternals, returned: unknown, builder: GraphBuilder): Readonly<Record<string, GraphNode>> {
  const call: Call = { stage: '', title: `pipeline '${name}'`, at }
  if (returned === undefined) return {}
  checkReadable(call, returned, 'what its build function returns')
  if (!isRecord(returned)) refuse(call, mustBe('what its build function returns', returned, 'nothing, or an object of streams'))
  refuseAsync(call, returned)
  return Object.fromEntries(Object.entries(returned).map(([output, stream]) => {
    checkArgument(call, output, 'the name of an output', aName)
    return [output, nodeOf(stream, builder, call, `output '${output}'`)]
  }))
}

function refuseAsync(call: Call, returned: Readonly<Record<string, unknown>>): void {
  if (typeof returned['then'] !== 'function') return
  // Whatever it goes on to do fails too; the error below says what is wrong.
  void Promise.resolve(returned).catch(() => {})
  refuse(call, 'its build function is asynchronous, but must be synchronous: load what it needs at the top of the module, or in a work stage')
}
