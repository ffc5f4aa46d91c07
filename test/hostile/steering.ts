// What hostile input must never do to the person at the terminal.
import assert from 'node:assert/strict'

const outputCharactersMax = 30_000

/** Control characters but tab and line end, and marks that turn the direction of text. */
export const steers = /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

/** No control characters, no marks that turn the direction of text, no stack, and not without end. `given` may hold what looks like a stack. */
export function assertHarmless(output: string, what: string, given = ''): void {
  assert.doesNotMatch(output, steers, what)
  if (!/^\s+at /m.test(given)) assert.doesNotMatch(output, /^\s+at .*:\d+:\d+/m, what)
  assert.ok(output.length < outputCharactersMax, `${what}: ${output.length} characters`)
}
