// JSON values as YAML that a person likes to read: blocks, and text in quotes wherever a reader could take it for something else.
const plainText = /^[A-Za-z/][-A-Za-z0-9_./]*$/
const takenForOthers = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n'])

export function toYaml(value: unknown): string {
  return `${lines(value, '').join('\n')}\n`
}

/** Several documents, as `kubectl apply -f -` takes them. */
export function toYamlDocuments(values: readonly unknown[]): string {
  return values.map(toYaml).join('---\n')
}

function lines(value: unknown, indent: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((entry: unknown) => listEntry(entry, indent))
  return Object.entries(value as object).filter(([, content]) => content !== undefined).flatMap(([key, content]) => mapEntry(scalar(key), content, indent))
}

function mapEntry(key: string, content: unknown, indent: string): readonly string[] {
  if (isLeaf(content)) return [`${indent}${key}: ${scalar(content)}`]
  return [`${indent}${key}:`, ...lines(content, `${indent}  `)]
}

function listEntry(entry: unknown, indent: string): readonly string[] {
  if (isLeaf(entry)) return [`${indent}- ${scalar(entry)}`]
  const [first, ...rest] = lines(entry, `${indent}  `)
  return [`${indent}- ${first!.slice(indent.length + 2)}`, ...rest]
}

function isLeaf(value: unknown): boolean {
  return value === null || typeof value !== 'object' || Object.keys(value).length === 0
}

function scalar(value: unknown): string {
  if (typeof value === 'string' && plainText.test(value) && !takenForOthers.has(value.toLowerCase())) return value
  // A JSON text is a YAML text too.
  return JSON.stringify(value)
}
