// Which stages of a run a process takes part in, where it is not all of them: named, by pattern, or some shards of one. What belongs to one process at a time
// is taken as a whole.
import { BatchworkError } from '../model/errors.ts'
import { nearestTo } from '../pipeline/suggestion.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import type { RunNames } from './names.ts'
import { holdingsOf, leadTopic, slicesOf, type Holding, type Slice } from './slices.ts'

export interface Part {
  readonly takes: (slice: Slice) => boolean
}

export const wholePart: Part = { takes: () => true }

/** `words`: 'blur', 'thumb*', 'blur/left' for a shard; several may stand in one, with commas between. Throws BatchworkError for what is not there, or cannot be taken apart. */
export function partOf(plan: Plan, words: readonly string[]): Part {
  const slices = new Map(plan.stages.map(stage => [stage.name, slicesOf(stage, true)]))
  const keys = new Set(words.flatMap(word => apart(plan, word)).flatMap(word => slicesNamed(plan, slices, word)).map(({ key }) => key))
  const part: Part = { takes: ({ key }) => keys.has(key) }
  for (const held of holdingsOf(plan, slices).flatMap(holding => holding.slices)) checkTogether(held, part)
  return part
}

/** The words that name these, and no others. */
export function wordsFor(slices: readonly Slice[]): readonly string[] {
  return Array.from(Map.groupBy(slices, ({ stage }) => stage), ([stage, own]) => {
    const lanes = own.flatMap(slice => slice.lanes)
    return lanes.length < stage.lanes && stage.shards.length === stage.lanes ? lanes.map(lane => `${stage.name}/${stage.shards[lane]!.name}`) : [stage.name]
  }).flat()
}

/** What to join the group of a run for. */
export function joined(holdings: readonly Holding[], { takes }: Part, names: RunNames): { readonly topics: readonly string[]; readonly only: ReadonlyMap<string, readonly number[]> } {
  const taken = holdings.map(({ topic, slices }) => ({ topic: names.topic(topic), all: slices.length, partitions: slices.flatMap((held, partition) => (held.every(takes) ? [partition] : [])) }))
  return {
    topics: [names.topic(leadTopic), ...taken.filter(({ partitions }) => partitions.length > 0).map(({ topic }) => topic)],
    only: new Map(taken.filter(({ partitions, all }) => partitions.length > 0 && partitions.length < all).map(({ topic, partitions }) => [topic, partitions])),
  }
}

/** A name may hold a comma. */
function apart({ stages }: Plan, word: string): readonly string[] {
  return stages.some(({ name }) => name === word || word.startsWith(`${name}/`)) ? [word] : word.split(',').map(each => each.trim()).filter(each => each !== '')
}

function slicesNamed(plan: Plan, slices: ReadonlyMap<string, readonly Slice[]>, word: string): readonly Slice[] {
  const [named = '', shard] = word.split('/', 2)
  const stages = plan.stages.filter(stage => fits(stage.name, named) || (shard === undefined && stage.kind === 'relay' && fits(stage.forStage ?? '', named)))
  if (stages.length === 0) throw unknown(`pipeline '${plan.pipeline}' has no stage '${named}'`, named, plan.stages.map(({ name }) => name))
  return stages.flatMap(stage => (shard === undefined ? slices.get(stage.name)! : shardsNamed(stage, slices.get(stage.name)!, shard)))
}

function shardsNamed(stage: StagePlan, slices: readonly Slice[], shard: string): readonly Slice[] {
  const lanes = stage.shards.flatMap(({ name }, lane) => (fits(name, shard) ? [lane] : []))
  if (stage.shards.length === 0) throw new BatchworkError('NO_STAGE', `stage '${stage.name}' has no shards, so '${stage.name}/${shard}' is nothing; name '${stage.name}'`)
  if (lanes.length === 0) throw unknown(`stage '${stage.name}' has no shard '${shard}'`, shard, stage.shards.map(({ name }) => name))
  if (slices.length === 1 && stage.shards.length > 1) throw new BatchworkError('USAGE', `the shards of stage '${stage.name}' belong to one process at a time, as ${bondOf(stage)}; or name '${stage.name}' without a shard`)
  return slices.filter(slice => slice.lanes.some(lane => lanes.includes(lane)))
}

function bondOf(stage: StagePlan): string {
  if (stage.kind === 'work' && stage.spillAbove !== undefined) return "the items of one that is unhealthy go to the others: give its sharder spillAbove: 'never'"
  if (stage.kind === 'work' && stage.settings.rollout !== undefined) return 'a new worker is rolled out over them one after the other: leave rollout out'
  return 'they are limited together'
}

function fits(name: string, pattern: string): boolean {
  return name === pattern || (pattern.includes('*') && new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`).test(name))
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`)
}

function checkTogether(held: readonly Slice[], { takes }: Part): void {
  const taken = held.filter(takes)
  if (taken.length === 0 || taken.length === held.length) return
  const left = held.filter(slice => !takes(slice))
  throw new BatchworkError('USAGE', `stages ${listed(held)} have limits in common, which one process alone can keep: name ${listed(left)} too, or none of them`)
}

function listed(slices: readonly Slice[]): string {
  return [...new Set(slices.map(({ stage }) => `'${stage.name}'`))].join(' and ')
}

function unknown(what: string, word: string, known: readonly string[]): BatchworkError {
  const nearest = nearestTo(word, known)
  return new BatchworkError('NO_STAGE', `${what}; it has ${known.map(name => `'${name}'`).join(', ')}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`)
}
