// The lookup: each item meets its entry in a table, without a network call.
import { namelessCall, refuse, type Call } from '../pipeline/call.ts'
import { aDelay, checkArgument, checkOptions, where } from '../pipeline/checks.ts'
import type { GraphNode, LaterNode } from '../pipeline/graph.ts'
import type { LookupOptions } from '../pipeline/options.ts'

export interface LookupArguments {
  readonly key: (item: any) => unknown
  readonly combine: (item: any, value: any) => unknown
  readonly options?: LookupOptions<any> | undefined
}

export function lookup(input: GraphNode, table: GraphNode & { readonly name: string }, { key, combine, options }: LookupArguments): LaterNode {
  const call = namelessCall('lookup', input)
  checkArgument(call, key, 'its second argument', where(value => typeof value === 'function', 'a function of an item that gives the key to look up'))
  checkArgument(call, combine, 'its third argument', where(value => typeof value === 'function', 'a function of (item, value) that gives the new item'))
  checkOptions(call, options, { default: () => undefined, wait: aDelay })
  return { kind: 'later', at: call.at, inputs: [input, table], name: `lookup in ${table.name}`, pattern: 'lookup' }
}

export function refuseTable(call: Call): never {
  refuse(call, 'its first argument is no table: make one by keyBy(...).table(name) or keyBy(...).reduce(name, reducer)')
}
