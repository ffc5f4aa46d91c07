// What was written of one partition of a sink's input, as text that fits into the metadata of a committed offset (4,096 bytes by default): in one transaction with
// the records. It only has to reach back to the last commit of the run, as what lies before is not brought again; so where there is no room, what was written
// longest ago is forgotten.
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { addRange, covers, type Range } from '../../model/ranges.ts'

/** Of 4,096 that a broker takes unless it is told otherwise. */
const charactersMax = 4_000
const bytesMax = 1_000_000

/** Ascending and disjoint. */
type Ranges = readonly Range[]

export class DeliveredNote {
  readonly epoch: number
  /** Of each write, the newest last. A write that goes on where another ended is one with it. */
  readonly #writes: readonly Ranges[]

  constructor(epoch = 0, writes: readonly Ranges[] = []) {
    this.epoch = epoch
    this.#writes = writes
  }

  /** Throws an Error for a text that `text` did not make. */
  static from(text: string): DeliveredNote {
    if (text === '') return new DeliveredNote()
    const [epoch, writes] = JSON.parse(inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: bytesMax }).toString()) as [number, number[][]]
    return new DeliveredNote(epoch, writes.map(rangesOf))
  }

  get text(): string {
    for (let kept = this.#writes; ; kept = kept.slice(1)) {
      const text = deflateRawSync(JSON.stringify([this.epoch, kept.map(stepsOf)])).toString('base64')
      if (text.length <= charactersMax) return text
    }
  }

  covers(offset: number): boolean {
    return this.#writes.some(ranges => ranges[0]![0] <= offset && offset < ranges.at(-1)![1] && covers(ranges, offset))
  }

  with(epoch: number, added: Ranges): DeliveredNote {
    const joined = this.#writes.filter(ranges => belongsTo(ranges, added))
    const ranges: Range[] = []
    for (const [from, to] of [...joined.flat(), ...added]) addRange(ranges, from, to)
    return new DeliveredNote(epoch, [...this.#writes.filter(each => !joined.includes(each)), ranges])
  }
}

/** Where they overlap, and where one range goes on where another ended. */
function belongsTo(a: Ranges, b: Ranges): boolean {
  const [aFrom, aTo, bFrom, bTo] = [a[0]![0], a.at(-1)![1], b[0]![0], b.at(-1)![1]]
  return (aFrom < bTo && bFrom < aTo) || (a.length === 1 && b.length === 1 && (aTo === bFrom || bTo === aFrom))
}

/** From bound to bound: small numbers. */
function stepsOf(ranges: Ranges): readonly number[] {
  let at = 0
  return ranges.flat().map(bound => {
    const step = bound - at
    at = bound
    return step
  })
}

function rangesOf(steps: readonly number[]): Ranges {
  let at = 0
  const bounds = steps.map(step => (at += step))
  return Array.from({ length: bounds.length / 2 }, (_, index) => [bounds[2 * index]!, bounds[2 * index + 1]!])
}
