// Groups of stages that are deployed apart: each with processes of its own, which take these stages alone.
import { BatchworkError, OptionError } from '../model/errors.ts'
import type { Plan } from '../plan/plan.ts'
import { partOf, wordsFor, type Part } from '../runtime/part.ts'
import { slicesOf, type Slice } from '../runtime/slices.ts'
import { checkName, nameFrom } from './names-and-quantities.ts'

export interface StageGroup {
  /** Undefined: what no group names. */
  readonly name: string | undefined
  /** As `--stages` takes them. */
  readonly words: readonly string[]
  readonly part: Part
}

export interface GroupWords {
  /** Each 'NAME=stage,stage'. */
  readonly group: readonly string[]
  /** Stages each of whose shards is a group. */
  readonly shardsApart: readonly string[]
}

/** None where no group is named. Throws BatchworkError for stages that are not there, cannot be apart, or are in two groups. */
export function groupsOf(plan: Plan, given: GroupWords): readonly StageGroup[] {
  const groups = [...given.group.map(word => groupOf(plan, word)), ...given.shardsApart.flatMap(stage => shardsOf(plan, stage))]
  if (groups.length === 0) return []
  checkDifferent(groups)
  const slices = plan.stages.flatMap(stage => slicesOf(stage, true))
  for (const slice of slices) checkInOne(slice, groups)
  const rest = wordsFor(slices.filter(slice => !groups.some(({ part }) => part.takes(slice))))
  return [...groups, ...(rest.length > 0 ? [{ name: undefined, words: rest, part: partOf(plan, rest) }] : [])]
}

function groupOf(plan: Plan, word: string): StageGroup & { readonly name: string } {
  const at = word.indexOf('=')
  if (at < 1 || at === word.length - 1) throw new OptionError('--group', word, "a name and stages, such as 'heavy=blur,encode'")
  const part = partOf(plan, [word.slice(at + 1)])
  return { name: checkName('--group', word.slice(0, at)), words: wordsFor(plan.stages.flatMap(stage => slicesOf(stage, true)).filter(part.takes)), part }
}

function shardsOf(plan: Plan, name: string): readonly (StageGroup & { readonly name: string })[] {
  const slices = plan.stages.flatMap(stage => slicesOf(stage, true)).filter(partOf(plan, [`${name}/*`]).takes)
  return slices.map(slice => {
    const [word] = wordsFor([slice])
    const own = nameFrom(word!)
    if (own === undefined) throw new BatchworkError('USAGE', `--shards-apart ${name}: '${word}' has no letters that a name in Kubernetes may have; name its group with --group NAME='${word}'`)
    return { name: own, words: [word!], part: partOf(plan, [word!]) }
  })
}

function checkDifferent(groups: readonly { readonly name: string }[]): void {
  const twice = groups.find(({ name }, index) => groups.findIndex(other => other.name === name) !== index)
  if (twice) throw new BatchworkError('USAGE', `two groups are called '${twice.name}'; give each a name of its own with --group`)
}

function checkInOne(slice: Slice, groups: readonly StageGroup[]): void {
  const [first, second] = groups.filter(({ part }) => part.takes(slice))
  if (second) throw new BatchworkError('USAGE', `'${wordsFor([slice])[0]}' is in groups '${first!.name}' and '${second.name}'; name it in one of them`)
}
