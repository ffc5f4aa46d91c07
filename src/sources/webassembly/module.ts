// A WebAssembly module out of functions, variables and a memory, in its binary format. https://webassembly.github.io/spec/core/binary/modules.html
import { code, constantBytes, valueOf, Variable, type Code, type Operand, type Statement, type ValueType } from './code.ts'
import { listBytes, textBytes, unsignedBytes } from './encoding.ts'

/** The part of the global WebAssembly that is used; TypeScript has its types only for browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => CompiledModule
  readonly Instance: new (module: CompiledModule) => { readonly exports: unknown }
}
interface CompiledModule { readonly isModule: true }

export interface ExportedMemory { readonly buffer: ArrayBuffer }
export interface ExportedVariable { value: number }

type Parameters<Types extends readonly ValueType[]> = { readonly [Index in keyof Types]: Variable<Types[Index]> }
type Arguments<Types extends readonly ValueType[]> = { readonly [Index in keyof Types]: Operand<Types[Index]> }
type NewLocal = <Type extends ValueType>(type: Type) => Variable<Type>
type Body<Types extends readonly ValueType[], Result extends ValueType> = (local: NewLocal, ...parameters: Parameters<Types>) => readonly [...Statement[], Code<Result>]
export type Call<Types extends readonly ValueType[], Result extends ValueType> = (...values: Arguments<Types>) => Code<Result>

const pageBytes = 64 * 1024
const typeBytes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b }
const kinds = { function: 0, memory: 2, global: 3 }

export class ModuleBuilder {
  readonly #memoryBytes: number
  readonly #types: (readonly number[])[] = []
  readonly #bodies: (readonly number[])[] = []
  readonly #globals: (readonly number[])[] = []
  readonly #exports: (readonly number[])[] = [[...textBytes('memory'), kinds.memory, 0]]

  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes
  }

  /** A variable of the module; with a name it is exported. */
  variable<Type extends ValueType>(type: Type, initial: number, name?: string): Variable<Type> {
    const variable = new Variable(type, 'global', this.#globals.length)
    this.#globals.push([typeBytes[type], 1, ...constantBytes(type, initial), 0x0b])
    if (name !== undefined) this.#exports.push([...textBytes(name), kinds.global, ...unsignedBytes(variable.index)])
    return variable
  }

  /** A function for code to call; with a name it is exported. The last piece of its body is its result. */
  function<const Types extends readonly ValueType[], Result extends ValueType>(types: Types, result: Result, body: Body<Types, Result>, name?: string): Call<Types, Result> {
    const parameters = types.map((type, index) => new Variable(type, 'local', index)) as readonly Variable<ValueType>[] as Parameters<Types>
    const locals: ValueType[] = []
    const local: NewLocal = type => new Variable(type, 'local', types.length + locals.push(type) - 1)
    const bytes = body(local, ...parameters).flatMap(each => each.bytesWithin([]))
    const index = this.#bodies.length
    this.#types.push([0x60, ...listBytes(types.map(type => [typeBytes[type]])), ...listBytes([[typeBytes[result]]])])
    this.#bodies.push(sized([...listBytes(locals.map(type => [1, typeBytes[type]])), ...bytes, 0x0b]))
    if (name !== undefined) this.#exports.push([...textBytes(name), kinds.function, ...unsignedBytes(index)])
    return (...values) => code(result, values.map((value, place) => valueOf(types[place]!, value)), [0x10, ...unsignedBytes(index)])
  }

  compile(): CompiledModule {
    const pages = unsignedBytes(Math.ceil(this.#memoryBytes / pageBytes))
    return new WebAssembly.Module(Uint8Array.from([
      ...Buffer.from('\0asm'), 1, 0, 0, 0,
      ...section(1, listBytes(this.#types)),
      ...section(3, listBytes(this.#types.map((_, index) => unsignedBytes(index)))),
      ...section(5, listBytes([[1, ...pages, ...pages]])),
      ...section(6, listBytes(this.#globals)),
      ...section(7, listBytes(this.#exports)),
      ...section(10, listBytes(this.#bodies)),
    ]))
  }
}

/** A memory and variables of its own for the module's functions. `Exports` are those it was made with. */
export function instantiate<Exports>(module: CompiledModule): Exports & { readonly memory: ExportedMemory } {
  return new WebAssembly.Instance(module).exports as Exports & { readonly memory: ExportedMemory }
}

function section(id: number, bytes: readonly number[]): readonly number[] {
  return [id, ...sized(bytes)]
}

function sized(bytes: readonly number[]): readonly number[] {
  return [...unsignedBytes(bytes.length), ...bytes]
}
