// The splitter: routes each item to every output whose test it passes, and loses nothing. What matches no route goes to the default,
// or, where none is named, fails.
import { namelessCall, refuse, type Call } from '../pipeline/call.ts'
import { checkArgument, checkOptions, checkReadable, isRecord, mustBe } from '../pipeline/checks.ts'
import type { GraphNode, RouteNode, Splitter } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'

/** One node a route, the default's last. */
export function split(input: GraphNode, routes: Splitter['routes'], options?: { readonly default?: string | undefined }): readonly RouteNode[] {
  const call = namelessCall('split', input)
  checkRoutes(call, routes)
  checkOptions(call, options, { default: aName })
  const fallback = options?.default
  if (fallback !== undefined && Object.hasOwn(routes, fallback)) {
    refuse(call, `the default route is called '${fallback}' like a route; give it another name`)
  }
  const splitter: Splitter = { routes: { ...routes }, default: fallback }
  const names = [...Object.keys(routes), ...(fallback === undefined ? [] : [fallback])]
  return names.map(route => ({ kind: 'route', at: call.at, inputs: [input], route, splitter }))
}

function checkRoutes(call: Call, routes: unknown): void {
  checkReadable(call, routes, 'its argument')
  if (!isRecord(routes)) refuse(call, mustBe('its argument', routes, 'an object with a test for each route'))
  const entries = Object.entries(routes)
  if (entries.length === 0) refuse(call, 'has no routes; give at least one: split({ name: item => ... })')
  for (const [name, test] of entries) {
    checkArgument(call, name, 'the name of a route', aName)
    if (typeof test !== 'function') refuse(call, mustBe(`route '${name}'`, test, 'a function of an item that says whether it takes the item'))
  }
}
