// Durations of `deploy`: whole seconds are what a cluster counts in.
import { OptionError } from '../model/errors.ts'
import { millisecondsOf, type Duration } from '../model/values.ts'

const durationMsMax = 2_000_000_000

/** In milliseconds. */
export function durationOf(option: string, text: string): number {
  const ms = millisecondsOf(text as Duration, option)
  if (ms < 1_000 || ms > durationMsMax) throw new OptionError(option, text, "from '1s' to '23d'")
  return ms
}
