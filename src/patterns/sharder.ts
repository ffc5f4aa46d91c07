// The sharder: divides one queue into even shards, each a fault domain with its own workers, region and pause.
import { namedCall, refuse } from '../pipeline/call.ts'
import { aFlag, aFunction, aPositiveNumber, aShare, aText, checkArgument, checkOptions, either, fields, isRecord, mustBe, where, type Check } from '../pipeline/checks.ts'
import type { GraphNode, Shard, ShardNode } from '../pipeline/graph.ts'
import { aName } from '../pipeline/names.ts'
import type { ShardOptions } from '../pipeline/options.ts'

/** Each shard has partitions and workers of its own: more than this is a mistake, not a plan. */
export const shardsMax = 1_000

const settings = fields({ region: aText, weight: aPositiveNumber, paused: aFlag })
const expected = `a whole number from 1 to ${shardsMax}, or an object of shards by name`

const shardsCheck: Check = (value, option) => {
  if (!isRecord(value)) return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= shardsMax ? undefined : mustBe(option, value, expected)
  const entries = Object.entries(value)
  if (entries.length === 0 || entries.length > shardsMax) return `${option} has ${entries.length} shards, but must have 1 to ${shardsMax}`
  for (const [name, shard] of entries) {
    const problem = aName(name, 'the name of a shard') ?? settings(shard, `${option}.${name}`)
    if (problem !== undefined) return problem
  }
  return undefined
}

const checks = {
  by: aFunction,
  shards: shardsCheck,
  spillAbove: either(where(value => value === 'never', ''), aShare, "a share such as '50%', or 'never'"),
}

export function shard<T>(input: GraphNode, name: string, options: ShardOptions<T>): ShardNode {
  const call = namedCall('sharder', name)
  checkArgument(call, name, 'the name', aName)
  checkOptions(call, options, checks)
  if (options?.by === undefined) refuse(call, "'by' is missing: the function of an item that says what keeps items together, such as { by: photo => photo.path }")
  if (options.shards === undefined) refuse(call, `'shards' is missing: ${expected}`)
  return { kind: 'shard', at: call.at, inputs: [input], name, by: options.by, shards: shardsOf(options.shards), spillAbove: options.spillAbove }
}

function shardsOf(shards: ShardOptions<never>['shards']): readonly Shard[] {
  if (typeof shards === 'number') return Array.from({ length: shards }, (_, index) => ({ name: String(index), weight: 1, paused: false }))
  return Object.entries(shards).map(([name, { region, weight = 1, paused = false }]) => ({ name, region, weight, paused }))
}

/** The sharder a stream is in: with only fused operators and workers on the way, an item stays in its shard. */
export function sharderOf(node: GraphNode): ShardNode | undefined {
  switch (node.kind) {
    case 'shard': return node
    case 'map':
    case 'filter':
    case 'flatMap':
    case 'work': return sharderOf(node.inputs[0]!)
    default: return undefined
  }
}
