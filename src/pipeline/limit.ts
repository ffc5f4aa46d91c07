// A limit shared by name: by stages, pipelines and processes.
import { Brand } from './brand.ts'
import { looseCall, refuse } from './call.ts'
import { aCount, aPositiveNumber, checkArgument, checkOptions, where } from './checks.ts'
import { aName } from './names.ts'

export interface Limit {
  readonly name: string
}

export interface LimitOptions {
  /** Items at once, over all stages that share the limit. */
  readonly concurrency?: number | undefined
  /** Items begun a second; fractions allowed: 0.1 is one in ten seconds. */
  readonly perSecond?: number | undefined
}

const brand = new Brand<LimitOptions>('limit')
/** In one list: an item waits for each. */
const limitsMax = 100

/**
 * At most so many items at once, or a second, over all stages given this limit. Throws PlanError.
 *
 *     const mail = limit('mail provider', { concurrency: 20, perSecond: 100 })
 */
export function limit(name: string, options: LimitOptions): Limit {
  const call = looseCall('limit', name)
  checkArgument(call, name, 'the name', aName)
  checkOptions(call, options, { concurrency: aCount, perSecond: aPositiveNumber })
  const { concurrency, perSecond } = options ?? {}
  if (concurrency === undefined && perSecond === undefined) refuse(call, "limits nothing: give 'concurrency', 'perSecond' or both")
  return brand.mark({ name }, { concurrency, perSecond })
}

/** What the runtime holds to; undefined for what is no limit. */
export function readLimit(value: unknown): LimitOptions | undefined {
  return brand.read(value)
}

export const aLimit = where(
  value => (Array.isArray(value) ? value.length > 0 && value.length <= limitsMax && [...value].every(each => readLimit(each)) : readLimit(value) !== undefined),
  "a limit made by limit('name', { concurrency, perSecond }), or a list of them",
)
