// Durations, sizes and tolerances as a user writes them ('30s', '100MB', '2%') and as the code computes with them (milliseconds, bytes, shares).
import { OptionError } from './errors.ts'

export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`
export type Size = `${number}${'B' | 'KB' | 'MB' | 'GB'}`
export type Tolerance = number | `${number}%`
export type Priority = 'high' | 'normal' | 'low'
export type Key = string | number
export type Position = 'beginning' | 'now' | { readonly time: Date } | { readonly offset: number }

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const bytes: Readonly<Record<string, number>> = { B: 1, KB: 1_000, MB: 1_000_000, GB: 1_000_000_000 }

/** A hundred years: a time that is this far from now is still a date. */
const durationMsMax = 36_500 * 86_400_000

export const priorities: readonly Priority[] = ['high', 'normal', 'low']

/** '1.5s' -> 1500. `option` names the setting in the error. */
export function millisecondsOf(duration: Duration, option: string): number {
  const expected = "a duration such as '500ms', '30s', '5m', '2h' or '7d'"
  const amount = quantity(duration, milliseconds, option, expected)
  if (amount > durationMsMax) throw new OptionError(option, duration, `${expected}, up to '36500d'`)
  return amount
}

/** '1MB' -> 1,000,000. `option` names the setting in the error. */
export function bytesOf(size: Size, option: string): number {
  return quantity(size, bytes, option, "a size such as '512B', '64KB', '100MB' or '4GB'")
}

/** Whether `failed` of `total` items is more than is tolerated. */
export function exceeds(tolerance: Tolerance, failed: number, total: number): boolean {
  return typeof tolerance === 'number' ? failed > tolerance : exceedsShare(tolerance, failed, total)
}

/** In whole numbers: as a fraction, 29% of 100 would be a little less than 29. */
function exceedsShare(percent: string, failed: number, total: number): boolean {
  shareOf(percent, 'tolerate')
  const [whole, decimals = ''] = percent.slice(0, -1).split('.')
  return failed * 100 * 10 ** decimals.length > total * Number(whole! + decimals)
}

/** '2%' -> 0.02. `option` names the setting in the error. */
export function shareOf(percent: string, option: string): number {
  return quantity(percent, { '%': 0.01 }, option, "a share such as '0.1%' or '50%'")
}

export function checkTolerance(tolerance: Tolerance, option: string): Tolerance {
  if (typeof tolerance !== 'number') shareOf(tolerance, option)
  else if (!(tolerance >= 0)) throw new OptionError(option, tolerance, "a count from 0, or a share such as '2%'")
  return tolerance
}

function quantity(text: string, units: Readonly<Record<string, number>>, option: string, expected: string): number {
  const match = typeof text === 'string' ? /^(\d+(?:\.\d+)?)(\D+)$/.exec(text) : null // oxlint-disable-line typescript/no-unnecessary-condition -- from JavaScript
  const unit = match && Object.hasOwn(units, match[2]!) ? units[match[2]!] : undefined
  const amount = unit === undefined ? Number.NaN : Number(match![1]) * unit
  if (!Number.isFinite(amount)) throw new OptionError(option, text, expected)
  return amount
}
