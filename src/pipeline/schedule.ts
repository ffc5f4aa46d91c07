// When a pipeline runs by itself. Checked here: the form of the cron expression and that the time zone is known.
import { aText, fields, mustBe, oneOf, where, type Check } from './checks.ts'

const expected = "a cron expression of five fields such as '0 2 * * *', or '@hourly', '@daily', '@weekly', '@monthly' or '@yearly'"

const aCron = where(value => typeof value === 'string' && isCron(value.trim()), expected)

const aTimeZone: Check = (value, option) => aText(value, option) ?? (isTimeZone(value as string) ? undefined : mustBe(option, value, "a time zone such as 'Europe/Berlin'"))

const settings = fields({ cron: aCron, timeZone: aTimeZone, overlap: oneOf('skip', 'queue'), catchUp: oneOf('none', 'last', 'all') }, ['cron'])

export const aSchedule: Check = (value, option) => (typeof value === 'string' ? aCron(value, option) : settings(value, option))

function isCron(text: string): boolean {
  return /^@(hourly|daily|weekly|monthly|yearly)$/.test(text) || /^[\w*,/-]+(\s+[\w*,/?#-]+){4}$/.test(text)
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
