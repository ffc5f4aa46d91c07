// WebAssembly written as TypeScript expressions: values, variables, control flow. The one thing to know: these functions compute nothing, they
// make code; the compiler checks its types as WebAssembly will. https://webassembly.github.io/spec/core/binary/instructions.html
import { floatBytes, signedBytes, unsignedBytes } from './encoding.ts'

export type ValueType = 'i32' | 'i64' | 'f64' | 'v128'

/** Code that leaves a value of this type, or nothing. Its bytes depend on the labels around it. */
export interface Code<out Type extends ValueType | 'nothing'> {
  readonly type: Type
  bytesWithin(labels: readonly Label[]): readonly number[]
}

/** Plain numbers stand for constants, but for vectors, which have none. */
export type Operand<Type extends ValueType> = Code<Type> | (Type extends 'v128' ? never : Type extends 'i64' ? number | bigint : number)

export type Statement = Code<'nothing'>

/** A variable of a function, or of the module: where a value is expected, it is read. */
export class Variable<out Type extends ValueType> implements Code<Type> {
  readonly type: Type
  readonly scope: 'local' | 'global'
  readonly index: number

  constructor(type: Type, scope: 'local' | 'global', index: number) {
    this.type = type
    this.scope = scope
    this.index = index
  }

  bytesWithin(): readonly number[] {
    return [this.scope === 'local' ? 0x20 : 0x23, ...unsignedBytes(this.index)]
  }

  set(value: Operand<Type>): Statement {
    return code('nothing', [valueOf(this.type, value)], [this.scope === 'local' ? 0x21 : 0x24, ...unsignedBytes(this.index)])
  }
}

/** Where `loop` begins or `block` ends. */
export type Label = symbol

/** Operands first, then what takes them. */
export function code<Type extends ValueType | 'nothing'>(type: Type, operands: readonly Code<ValueType | 'nothing'>[], bytes: readonly number[]): Code<Type> {
  return { type, bytesWithin: labels => [...operands.flatMap(operand => operand.bytesWithin(labels)), ...bytes] }
}

export function valueOf<Type extends ValueType>(type: Type, operand: Operand<Type>): Code<Type> {
  return typeof operand === 'number' || typeof operand === 'bigint' ? code(type, [], constantBytes(type, operand)) : operand
}

export function constantBytes(type: ValueType, value: number | bigint): readonly number[] {
  return type === 'f64' ? [0x44, ...floatBytes(Number(value))] : [type === 'i32' ? 0x41 : 0x42, ...signedBytes(BigInt(value))]
}

/** Goes to its end, unless `again` is branched to. */
export function loop(body: (again: Label) => readonly Statement[]): Statement {
  return labelled(0x03, body)
}

/** Goes to its end, at once where `done` is branched to. */
export function block(body: (done: Label) => readonly Statement[]): Statement {
  return labelled(0x02, body)
}

export function branch(label: Label): Statement {
  return { type: 'nothing', bytesWithin: labels => [0x0c, ...unsignedBytes(depthOf(label, labels))] }
}

export function branchIf(label: Label, condition: Code<'i32'>): Statement {
  return { type: 'nothing', bytesWithin: labels => [...condition.bytesWithin(labels), 0x0d, ...unsignedBytes(depthOf(label, labels))] }
}

export function when(condition: Code<'i32'>, then: readonly Statement[], otherwise: readonly Statement[] = []): Statement {
  return {
    type: 'nothing',
    bytesWithin(labels) {
      const within = [Symbol('label'), ...labels]
      const bytesOf = (statements: readonly Statement[]) => statements.flatMap(each => each.bytesWithin(within))
      return [...condition.bytesWithin(labels), 0x04, 0x40, ...bytesOf(then), ...(otherwise.length > 0 ? [0x05, ...bytesOf(otherwise)] : []), 0x0b]
    },
  }
}

export function giveBack<Type extends ValueType>(value: Code<Type>): Statement {
  return code('nothing', [value], [0x0f])
}

function labelled(opcode: number, body: (label: Label) => readonly Statement[]): Statement {
  const label = Symbol('label')
  const statements = body(label)
  return { type: 'nothing', bytesWithin: labels => [opcode, 0x40, ...statements.flatMap(each => each.bytesWithin([label, ...labels])), 0x0b] }
}

/** Labels are numbered from the inside out. */
function depthOf(label: Label, labels: readonly Label[]): number {
  const depth = labels.indexOf(label)
  if (depth >= 0) return depth
  throw new Error('A branch goes to a label that is not around it; expected one of a loop or block that it stands in.')
}
