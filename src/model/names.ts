// A column of strings such as item ids, kept as runs: 'photos:0:0' to 'photos:0:999' is one entry, not a thousand.
// A derived item's id is parent/stage/ordinal, so a whole chunk derived one to one stays one run.

/** Strings prefix + (first + i) + suffix. */
interface NumberedRun {
  readonly prefix: string
  readonly first: number
  readonly count: number
  readonly suffix: string
}

/** Strings list[i] + suffix. */
interface ListedRun {
  readonly list: readonly string[]
  readonly suffix: string
}

type Run = NumberedRun | ListedRun
/** A name that ends in a number, cut before it. */
export type NameParts = readonly [prefix: string, number: number]
export type NamesJson = readonly (readonly [prefix: string, first: number, count: number, suffix: string] | readonly [list: readonly string[], suffix: string])[]

export class Names {
  readonly length: number
  #source: readonly Run[] | (() => readonly Run[])
  #startsFound: readonly number[] | undefined

  private constructor(source: readonly Run[] | (() => readonly Run[]), length: number) {
    this.#source = source
    this.length = length
  }

  static #ofRuns(runs: readonly Run[]): Names {
    return new Names(runs, runs.reduce((length, run) => length + sizeOf(run), 0))
  }

  /** A list that is made only when it is asked for. */
  static lazy(length: number, list: () => readonly (string | NameParts)[]): Names {
    return new Names(() => Names.of(list()).#runs, length)
  }

  static numbered(prefix: string, first: number, count: number, suffix = ''): Names {
    return Names.#ofRuns(count > 0 ? [{ prefix, first, count, suffix }] : [])
  }

  static listed(list: readonly string[], suffix = ''): Names {
    return Names.#ofRuns(list.length > 0 ? [{ list, suffix }] : [])
  }

  /** Finds runs of counted strings ('a.log:1', 'a.log:2', ...) in a list. Those that come in parts cost a tenth. */
  static of(list: readonly (string | NameParts)[]): Names {
    const builder = new NamesBuilder()
    for (const name of list) {
      if (typeof name !== 'string') {
        builder.numbered(name[0], name[1], '')
        continue
      }
      const match = /^(.*?\D|)(0|[1-9]\d{0,14})(\D*)$/s.exec(name)
      if (match) builder.numbered(match[1]!, Number(match[2]), match[3]!)
      else builder.listed(name, '')
    }
    return builder.build()
  }

  static fromJson(json: NamesJson): Names {
    return Names.#ofRuns(json.map(run => (run.length === 4 ? { prefix: run[0], first: run[1], count: run[2], suffix: run[3] } : { list: run[0], suffix: run[1] })))
  }

  static concat(parts: readonly Names[]): Names {
    return parts.length === 1 ? parts[0]! : Names.#ofRuns(parts.flatMap(part => part.#runs))
  }

  toJSON(): NamesJson {
    return this.#runs.map(run => ('list' in run ? ([run.list, run.suffix] as const) : ([run.prefix, run.first, run.count, run.suffix] as const)))
  }

  at(index: number): string {
    const at = this.#runAt(index)
    return nameIn(this.#runs[at]!, index - this.#starts[at]!)
  }

  *[Symbol.iterator](): Generator<string> {
    for (const run of this.#runs) for (let index = 0; index < sizeOf(run); index++) yield nameIn(run, index)
  }

  /** The names at these indexes, in this order. */
  pick(indexes: readonly number[]): Names {
    if (isWhole(indexes, this.length)) return this
    return this.#derived(indexes, () => '')
  }

  /** Each with the same suffix: what came of an item in a stage is called parent/stage/ordinal. */
  suffixedBy(suffix: string): Names {
    return new Names(() => this.#runs.map(run => ({ ...run, suffix: run.suffix + suffix })), this.length)
  }

  /** The names at these indexes, each with a suffix of its own. */
  suffixed(indexes: readonly number[], suffixes: readonly string[]): Names {
    return this.#derived(indexes, at => suffixes[at]!)
  }

  #derived(indexes: readonly number[], suffixAt: (at: number) => string): Names {
    const builder = new NamesBuilder()
    indexes.forEach((index, at) => {
      const runAt = this.#runAt(index)
      const run = this.#runs[runAt]!
      const within = index - this.#starts[runAt]!
      const suffix = run.suffix + suffixAt(at)
      if ('list' in run) builder.listed(run.list[within]!, suffix)
      else builder.numbered(run.prefix, run.first + within, suffix)
    })
    return builder.build()
  }

  get #runs(): readonly Run[] {
    if (typeof this.#source === 'function') this.#source = this.#source()
    return this.#source
  }

  get #starts(): readonly number[] {
    return (this.#startsFound ??= startsOf(this.#runs))
  }

  #runAt(index: number): number {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no name at ${index} of ${this.length}`)
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#starts[middle]! <= index) low = middle
      else high = middle - 1
    }
    return low
  }
}

class NamesBuilder {
  readonly #runs: { prefix?: string; first?: number; count?: number; list?: string[]; suffix: string }[] = []

  numbered(prefix: string, number: number, suffix: string): void {
    const last = this.#runs.at(-1)
    if (last?.count !== undefined && last.prefix === prefix && last.suffix === suffix && last.first! + last.count === number) last.count++
    else this.#runs.push({ prefix, first: number, count: 1, suffix })
  }

  listed(name: string, suffix: string): void {
    const last = this.#runs.at(-1)
    if (last?.list && last.suffix === suffix) last.list.push(name)
    else this.#runs.push({ list: [name], suffix })
  }

  build(): Names {
    return Names.fromJson(this.#runs.map(run => (run.list ? [run.list, run.suffix] : [run.prefix!, run.first!, run.count!, run.suffix])))
  }
}

function startsOf(runs: readonly Run[]): readonly number[] {
  let next = 0
  return runs.map(run => {
    const start = next
    next += sizeOf(run)
    return start
  })
}

function sizeOf(run: Run): number {
  return 'list' in run ? run.list.length : run.count
}

function nameIn(run: Run, index: number): string {
  return 'list' in run ? run.list[index]! + run.suffix : run.prefix + (run.first + index) + run.suffix
}

function isWhole(indexes: readonly number[], length: number): boolean {
  if (indexes.length !== length) return false
  for (let at = 0; at < length; at++) if (indexes[at] !== at) return false
  return true
}
