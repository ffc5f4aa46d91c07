// Fields and types of every object, from the models that @kubernetes/client-node generates from the published OpenAPI document: a name or a
// type that a real API server does not know is found here. Required fields are read from the generated declarations.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as client from '@kubernetes/client-node'

interface Attribute {
  readonly name: string
  readonly baseName: string
  readonly type: string
}

interface Model {
  getAttributeTypeMap(): readonly Attribute[]
}

export interface Findings {
  readonly unknown: string[]
  readonly mistyped: string[]
  readonly missing: string[]
}

const folder = new URL('gen/models/', import.meta.resolve('@kubernetes/client-node'))
const required = new Map<string, ReadonlySet<string>>()

/** Compares a value with the model of that name, `V1Job` for one. */
export function examine(value: unknown, model: string): Findings {
  const findings: Findings = { unknown: [], mistyped: [], missing: [] }
  examineModel(value, model, '', findings)
  return findings
}

function examineModel(value: unknown, name: string, path: string, findings: Findings): void {
  if (value === null || value === undefined) return
  if (typeof value !== 'object' || Array.isArray(value)) return void findings.mistyped.push(`${path || name}: expected an object, got ${describe(value)}`)
  const attributes = modelOf(name).getAttributeTypeMap()
  for (const [field, content] of Object.entries(value)) {
    const attribute = attributes.find(({ baseName }) => baseName === field)
    const at = path === '' ? field : `${path}.${field}`
    if (attribute === undefined) findings.unknown.push(at)
    else examineType(content, attribute.type, at, findings)
  }
  for (const attribute of attributes) {
    const content = (value as Record<string, unknown>)[attribute.baseName]
    if ((content === undefined || content === null) && requiredOf(name).has(attribute.name)) findings.missing.push(path === '' ? attribute.baseName : `${path}.${attribute.baseName}`)
  }
}

function examineType(value: unknown, type: string, path: string, findings: Findings): void {
  if (value === null || value === undefined || type === 'any' || type === 'object' || type === 'IntOrString') return
  const list = /^Array<(.+)>$/.exec(type)
  if (list) {
    if (!Array.isArray(value)) return void findings.mistyped.push(`${path}: expected an array, got ${describe(value)}`)
    value.forEach((entry, index) => examineType(entry, list[1]!, `${path}[${index}]`, findings))
    return
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)
  if (map) {
    if (typeof value !== 'object' || Array.isArray(value)) return void findings.mistyped.push(`${path}: expected an object, got ${describe(value)}`)
    for (const [key, entry] of Object.entries(value)) examineType(entry, map[1]!, `${path}.${key}`, findings)
    return
  }
  examineScalar(value, type, path, findings)
}

function examineScalar(value: unknown, type: string, path: string, findings: Findings): void {
  const fits = type === 'string' ? typeof value === 'string'
    : type === 'number' ? typeof value === 'number'
    : type === 'boolean' ? typeof value === 'boolean'
    : type === 'Date' || type === 'V1MicroTime' ? typeof value === 'string' && !Number.isNaN(Date.parse(value))
    : undefined
  if (fits === undefined) examineModel(value, type, path, findings)
  else if (!fits) findings.mistyped.push(`${path}: expected a ${type}, got ${describe(value)}`)
}

function modelOf(name: string): Model {
  const model = (client as unknown as Record<string, Model | undefined>)[name]
  if (model === undefined) throw new Error(`the simulated API server has no model '${name}'`)
  return model
}

function requiredOf(name: string): ReadonlySet<string> {
  const known = required.get(name)
  if (known) return known
  const text = readFileSync(fileURLToPath(new URL(`${name}.d.ts`, folder)), 'utf8')
  const names = new Set([...text.matchAll(/^ {4}'([^']+)': /gm)].map(match => match[1]!))
  required.set(name, names)
  return names
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `${typeof value} ${JSON.stringify(value)}`
}
