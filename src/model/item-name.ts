// Which names an item may have. They are opaque, and come from outside: a name that could steer a terminal, or that a URL would take for a folder, is refused.
const charactersMax = 253

/** What is wrong with a name; undefined where nothing is. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return `it is ${name === null ? 'null' : typeof name}, but must be text`
  if (name === '') return 'it is empty'
  if (name.length > charactersMax) return `it has ${name.length} characters, but at most ${charactersMax} are allowed`
  if (name === '.' || name === '..') return 'it means a folder in an address'
  if (!name.isWellFormed()) return 'it is not valid Unicode'
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(name)) return 'it holds control characters'
  return undefined
}
