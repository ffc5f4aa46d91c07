// JSON from outside: no '__proto__' keys, which would change an object's prototype when it is copied, and no endless nesting.
const depthMax = 200
/** A text this short cannot be nested deeper than depthMax: each level takes two characters. */
const shortLength = 2 * depthMax

/** Throws an Error that says what is wrong. */
export function parseJson(text: string): unknown {
  const value = JSON.parse(text) as unknown
  // A key can be spelt with escapes.
  if (text.length > shortLength || text.includes('__proto__') || text.includes('\\u')) check(value, 0)
  return value
}

function check(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= depthMax) throw new Error(`it is nested deeper than ${depthMax} levels`)
  if (Array.isArray(value)) {
    for (const entry of value) check(entry, depth + 1)
    return
  }
  for (const key in value) {
    if (key === '__proto__') throw new Error("it has a key '__proto__', which is refused")
    check((value as Record<string, unknown>)[key], depth + 1)
  }
}
