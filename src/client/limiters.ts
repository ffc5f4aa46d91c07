// Named limits are shared by all stages and pipelines of a client.
import type { Clock } from '../clock.ts'
import { Limiter } from '../policies/limiter.ts'
import type { Limiters } from '../runtime/environment.ts'

export function limitersOn(clock: Clock): Limiters {
  const byName = new Map<string, Limiter>()
  return limit => {
    let limiter = byName.get(limit.name)
    if (!limiter) byName.set(limit.name, (limiter = new Limiter(limit, clock)))
    return limiter
  }
}
