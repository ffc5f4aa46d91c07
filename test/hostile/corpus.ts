// The hostile input that these tests feed to every place where something comes in. What JSON can hold stands in corpus/*.json; for what it
// cannot (a cycle, a getter that throws), it holds the recipe, and `valueOf` cooks it anew each time.
import { readFileSync } from 'node:fs'

interface Repeated {
  readonly before?: string
  readonly repeat: string
  readonly times: number
  /** As many times. */
  readonly after?: string
  readonly end?: string
}

export interface HostileText {
  readonly name: string
  readonly text: string
}

export interface HostileValue {
  readonly name: string
  readonly make: string
  readonly [setting: string]: unknown
}

function read<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`./corpus/${name}.json`, import.meta.url), 'utf8')) as T[]
}

export function written(text: string | Repeated): string {
  if (typeof text === 'string') return text
  const { before = '', repeat, times, after = '', end = '' } = text
  return before + repeat.repeat(times) + after.repeat(times) + end
}

export const hostileTexts: readonly HostileText[] = read<{ readonly name: string; readonly text: string | Repeated }>('texts').map(({ name, text }) => ({ name, text: written(text) }))
export const hostileFiles = read<{ readonly name: string; readonly base64: string }>('files').map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }))
export const hostileLines = read<{ readonly attacks: string; readonly text: string | Repeated }>('lines').map(({ attacks, text }) => ({ attacks, text: written(text) }))
export const hostileValues = read<HostileValue>('values')
export const hostileArguments = read<{ readonly attacks: string; readonly words: readonly string[] }>('arguments')

/** HOSTILE=all tries everything at every place, which takes minutes. */
export const isThorough = process.env['HOSTILE'] === 'all'

/** The words of a command with this text in its place. */
export function wordsWith(words: readonly string[], text: string): readonly string[] {
  return words.map(word => word.replace('@text', () => text))
}

class Instance {
  readonly field = 1
}

class Nameless {
  readonly field = 1
}
Object.defineProperty(Nameless, 'name', { value: Symbol('none') })

const recipes: Readonly<Record<string, (setting: any) => unknown>> = {
  undefined: () => undefined,
  json: ({ value }) => structuredClone(value) as unknown,
  parsed: ({ text }) => JSON.parse(text) as unknown,
  number: ({ value }) => Number(value),
  bigint: ({ digits }) => BigInt('9'.repeat(digits)),
  symbol: () => Symbol('\u001b[31msymbol'),
  function: () => () => 'called',
  class: () => Instance,
  'long text': ({ length }) => 'x'.repeat(length),
  'long duration': ({ length }) => `${'9'.repeat(length)}s`,
  sparse: ({ length }) => { const list: unknown[] = []; list.length = length; return list },
  'array with toJSON': () => Object.assign([1, 2], { toJSON: () => 'a lie' }),
  'array with a throwing element': () => Object.defineProperty([1, 2], 1, { enumerable: true, get: boom }),
  'without prototype': () => Object.assign(Object.create(null) as object, { field: 1 }),
  'exchanged prototype': () => Object.setPrototypeOf({ own: 1 }, { inherited: 2 }) as unknown,
  'throwing getter': () => ({ get field() { return boom() } }),
  'changing getter': changing,
  'throwing toJSON': () => ({ toJSON: boom }),
  'lying toJSON': () => ({ field: 1, toJSON: () => ({ __proto__: null, polluted: true }) }),
  'throwing toString': () => ({ toString: boom, valueOf: boom, [Symbol.toPrimitive]: boom, get [Symbol.toStringTag]() { return boom() } }),
  'throwing proxy': () => new Proxy({}, Object.fromEntries(['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'].map(trap => [trap, boom]))),
  'revoked proxy': revoked,
  'proxy with strange keys': () => new Proxy({}, { ownKeys: () => ['length', '__proto__', Symbol.iterator], getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 1 }), get: () => 1 }),
  thenable: () => ({ then: () => {} }), // oxlint-disable-line unicorn/no-thenable -- that is what is tried
  cyclic: () => { const value: Record<string, unknown> = {}; value['self'] = value; return value },
  'cyclic map': () => { const map = new Map<string, unknown>(); map.set('list', [map]); return map },
  nested: ({ levels }) => nested(levels, inner => [inner]),
  'nested objects': ({ levels }) => nested(levels, inner => ({ inner })),
  doubled: ({ times, leaf }) => { let value: unknown = [Number(leaf)]; for (let time = 0; time < times; time++) value = [value, value]; return value },
  'repeated text': ({ length, times }) => { const text = 'x'.repeat(length); return Array.from({ length: times }, () => text) },
  instance: () => new Instance(),
  'nameless instance': () => new Nameless(),
  error: () => new Error('\u001b[31man error as a value'),
  expression: () => /(a+)+$/,
  promise: () => Promise.resolve(1),
  'weak map': () => new WeakMap(),
  boxed: () => Object(1) as unknown,
  date: ({ value }) => new Date(value ?? Number.NaN),
  map: () => new Map<unknown, unknown>([[{ a: 1 }, Number.NaN], ['__proto__', undefined]]),
  'set of itself': () => { const set = new Set<unknown>(); set.add(set); return set },
  bytes: ({ length }) => new Uint8Array(length),
  'shared memory': () => new SharedArrayBuffer(8),
  'array buffer': () => new ArrayBuffer(8),
  'typed array': () => new Float64Array([1, Number.NaN]),
}

/** A new one at each call: a value that was looked at may have changed. */
export function valueOf(value: HostileValue): unknown {
  return recipes[value.make]!(value)
}

function boom(): never {
  throw new Error('\u001b[31mboom')
}

function changing(): object {
  let asked = 0
  return { get field() { return asked++ === 0 ? 1 : asked === 2 ? 10n : boom } }
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function nested(levels: number, around: (inner: unknown) => unknown): unknown {
  let value: unknown = 0
  for (let level = 0; level < levels; level++) value = around(value)
  return value
}
