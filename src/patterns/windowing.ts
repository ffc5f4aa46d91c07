// Windows: a reduce over stretches of event time, with late items handled as the user says.
import type { Reducer } from '../model/reducer.ts'
import { namelessCall } from '../pipeline/call.ts'
import { aDelay, checkArgument, checkOptions, oneOf } from '../pipeline/checks.ts'
import type { GraphNode, LaterNode } from '../pipeline/graph.ts'
import type { ReduceOptions, WindowOptions } from '../pipeline/options.ts'
import { aWindow, type Window } from '../pipeline/window.ts'
import { checkedReduce } from './reduce.ts'

/** A window alone is no node: its reduce is. */
export function checkWindow(input: GraphNode, window: Window, options?: WindowOptions): void {
  const call = namelessCall('window', input)
  checkArgument(call, window, 'its argument', aWindow)
  checkOptions(call, options, { allowedLateness: aDelay, late: oneOf('fail', 'drop', 'update') })
}

export function reduceWindows(input: GraphNode, name: string, reducer: Reducer<any, any, any>, options?: ReduceOptions): LaterNode {
  const { at } = checkedReduce(name, reducer, options)
  return { kind: 'later', at, inputs: [input], name, pattern: 'window' }
}
