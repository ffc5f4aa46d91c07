// What a process really asked of its disk: strace's record of every call that changes a file or folder, with the data, read into operations in the
// order in which they were answered. A call that changes files in a way unknown here is an error, not passed over.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

export type Operation = Change & {
  /** As strace names it. */
  readonly call: string
}

type Change =
  | { readonly kind: 'open'; readonly path: string; readonly creates: boolean; readonly truncates: boolean }
  | { readonly kind: 'write'; readonly path: string; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'rename'; readonly from: string; readonly path: string }
  | { readonly kind: 'unlink' | 'mkdir' | 'sync'; readonly path: string }
  /** Said on standard output: somebody may rely on it from here on. */
  | { readonly kind: 'said'; readonly text: string }

const recorded = ['openat', 'write', 'pwrite64', 'fsync', 'fdatasync', 'ftruncate', 'rename', 'unlink', 'rmdir', 'mkdir']
/** Would change files too, but no code of ours calls them. */
const unknown = ['open', 'creat', 'truncate', 'writev', 'pwritev', 'pwritev2', 'renameat', 'renameat2', 'unlinkat', 'mkdirat', 'link', 'linkat', 'symlink', 'symlinkat', 'fallocate', 'copy_file_range', 'sendfile', 'sync_file_range', 'syncfs', 'sync']

/** To be put before the command. Strings and data come out as hexadecimal, descriptors with their paths. */
export function recordingTo(trace: string): readonly string[] {
  return ['strace', '-f', '--seccomp-bpf', '-qq', '-y', '-xx', '-s', '4000000', '-o', trace, '-e', `trace=${[...recorded, ...unknown].join(',')}`, '-e', 'signal=none']
}

export function operationsIn(trace: string, folder: string): readonly Operation[] {
  const reader = new Reader(folder)
  for (const line of readFileSync(trace, 'latin1').split('\n')) reader.read(line)
  return reader.operations
}

class Reader {
  readonly operations: Operation[] = []
  readonly #folder: string
  /** By thread: the beginning of a call that others came between. */
  readonly #unfinished = new Map<string, string>()
  readonly #positions = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
  }

  read(line: string): void {
    const [, thread, text] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (thread === undefined || text === undefined) return
    if (text.endsWith('<unfinished ...>')) return void this.#unfinished.set(thread, text.slice(0, -'<unfinished ...>'.length).trimEnd())
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(text) ?? []
    if (rest === undefined) return this.#call(text)
    this.#call((this.#unfinished.get(thread) ?? '') + rest)
    this.#unfinished.delete(thread)
  }

  #call(text: string): void {
    const [, name, parameters, result] = /^(\w+)\((.*)\) += (-?\d+)/.exec(text) ?? []
    if (name === undefined || Number(result) < 0) return
    const strings = Array.from(parameters!.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g), ([, hex, isCut]) => {
      if (isCut) throw new Error('the record of a call was cut short: raise -s')
      return Buffer.from(hex!.replaceAll('\\x', ''), 'hex')
    })
    const [, descriptor, opened] = /^(\d+)<((?:\\x[0-9a-f]{2}|[^>])*)>/.exec(parameters!) ?? []
    const path = opened?.startsWith('\\x2f') ? this.#inFolder(textOf(opened)) : undefined // else a pipe, a socket, an event
    if (name === 'write' && descriptor === '1') return void this.operations.push({ call: name, kind: 'said', text: strings[0]!.toString() })
    const named = strings.map(bytes => this.#inFolder(bytes.toString()))
    this.#add(name, { path, named, data: strings[0], descriptor, parameters: parameters!, result: Number(result) })
  }

  #add(name: string, { path, named, data, descriptor, parameters, result }: Call): void {
    const [first, second] = named
    switch (name) {
      case 'openat': {
        this.#positions.set(String(result), 0)
        if (first !== undefined && /O_APPEND/.test(parameters)) throw new Error(`${first} is appended to: that is not modelled`)
        if (first !== undefined && /O_WRONLY|O_RDWR/.test(parameters)) this.operations.push({ call: name, kind: 'open', path: first, creates: /O_CREAT/.test(parameters), truncates: /O_TRUNC/.test(parameters) })
        return
      }
      case 'pwrite64': return path === undefined ? undefined : void this.operations.push({ call: name, kind: 'write', path, position: Number(/(\d+)$/.exec(parameters)![1]), bytes: data!.subarray(0, result) })
      case 'write': {
        const position = this.#positions.get(descriptor!) ?? 0
        this.#positions.set(descriptor!, position + result)
        if (path !== undefined) this.operations.push({ call: name, kind: 'write', path, position, bytes: data!.subarray(0, result) })
        return
      }
      case 'fsync': case 'fdatasync': return path === undefined ? undefined : void this.operations.push({ call: name, kind: 'sync', path })
      case 'ftruncate': return path === undefined ? undefined : void this.operations.push({ call: name, kind: 'truncate', path, size: Number(/(\d+)$/.exec(parameters)![1]) })
      case 'rename': return first === undefined ? undefined : void this.operations.push({ call: name, kind: 'rename', from: first, path: second! })
      case 'unlink': case 'rmdir': return first === undefined ? undefined : void this.operations.push({ call: name, kind: 'unlink', path: first })
      case 'mkdir': return first === undefined ? undefined : void this.operations.push({ call: name, kind: 'mkdir', path: first })
      default: if (path !== undefined || (descriptor === undefined && named.some(each => each !== undefined))) throw new Error(`${name} changes ${path ?? named.join(' and ')}: that is not modelled`)
    }
  }

  /** As seen from the folder; undefined for what lies elsewhere. '' is the folder itself. */
  #inFolder(path: string): string | undefined {
    const inside = path.startsWith('/') ? relative(this.#folder, path) : relative('.', path)
    return inside.startsWith('..') || path.startsWith('/dev/') ? undefined : inside
  }
}

interface Call {
  readonly path: string | undefined
  readonly named: readonly (string | undefined)[]
  readonly data: Buffer | undefined
  readonly descriptor: string | undefined
  readonly parameters: string
  readonly result: number
}

function textOf(annotation: string): string {
  return Buffer.from(annotation.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1').toString()
}
