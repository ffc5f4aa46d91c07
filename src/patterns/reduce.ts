// The reduce: merges partial results as they come; one result at the end, or one for each key, whatever the order.
import type { Reducer } from '../model/reducer.ts'
import { namedCall, refuse, type Call } from '../pipeline/call.ts'
import { aCount, aCountOrAuto, aDuration, aSize, checkArgument, checkOptions, checkReadable, either, fields, oneOf } from '../pipeline/checks.ts'
import type { GraphNode, ReduceNode } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'
import type { ReduceOptions } from '../pipeline/options.ts'

const checks = {
  emit: either(oneOf('at-end', 'each-change'), fields({ every: aDuration }, ['every']), "'at-end', 'each-change' or { every: '5s' }"),
  version: aCount,
  threads: aCountOrAuto,
  memory: aSize,
}

const functions = ['create', 'add', 'merge', 'extract'] as const

export function reduce(input: GraphNode, name: string, reducer: Reducer<any, any, any>, options?: ReduceOptions): ReduceNode {
  const call = checkedReduce(name, reducer, options)
  return { kind: 'reduce', at: call.at, inputs: [input], name, reducer, emit: options?.emit, version: options?.version, threads: options?.threads, memory: options?.memory }
}

/** The checks of every reduce, windowed or not. */
export function checkedReduce(name: string, reducer: Reducer<any, any, any>, options?: ReduceOptions): Call {
  const call = namedCall('reduce', name)
  checkArgument(call, name, 'the name', aName)
  checkReducer(call, reducer)
  checkOptions(call, options, checks)
  return call
}

function checkReducer(call: Call, reducer: unknown): void {
  checkReadable(call, reducer, 'the reducer')
  const given = (reducer ?? {}) as Readonly<Record<string, unknown>>
  const missing = functions.filter(name => typeof given[name] !== 'function')
  if (missing.length === 0) return
  const hint = typeof reducer === 'function' ? `; if it makes a reducer, call it: ${reducer.name || 'reducer'}()` : ''
  refuse(call, `the reducer has no function ${missing.map(name => `'${name}'`).join(', ')}: it needs create, add, merge and extract${hint}`)
}
