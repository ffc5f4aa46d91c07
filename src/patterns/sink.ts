// The end of a stream, or a stop on its way: items are written to a sink, or appended to a topic, and pass on.
import { namedCall, namelessCall, refuse } from '../pipeline/call.ts'
import { checkArgument, checkOptions, checkReadable } from '../pipeline/checks.ts'
import type { GraphNode, SinkNode } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'
import type { SinkOptions } from '../pipeline/options.ts'

export function to(input: GraphNode, sink: SinkNode['sink'], options?: SinkOptions): SinkNode {
  const call = namelessCall('to', input)
  checkReadable(call, sink, 'its argument')
  if (typeof sink?.write !== 'function') refuse(call, "its argument is no sink: it needs a function 'write', as jsonLinesFile(path), a topic or your own { name, write } have")
  checkOptions(call, options, { name: aName })
  const name = options?.name ?? nameOf(sink)
  const named = { ...namedCall('sink', name), at: call.at }
  checkArgument(named, name, "the name of the sink (say to(sink, { name: '...' }) for another)", aName)
  return { kind: 'sink', at: call.at, inputs: [input], name, sink }
}

/** A sink may be named by its path; in a stage's name '/' is what sets its topics apart. */
function nameOf({ name }: SinkNode['sink']): string {
  return typeof name === 'string' ? name.replaceAll('/', '-') : name
}
