// What must come out of a shape: a plain function over arrays, which shares no code with the library.
import type { Chain, End, Item, Shape, Step } from './shapes.ts'

/** How sure it is that something comes out: 'maybe' where a barrier shuts at a moment that nobody can foretell. */
export type Certainty = 'all' | 'none' | 'maybe'

export interface Expected {
  readonly kind: 'list' | 'last' | 'last by key'
  readonly values: readonly unknown[]
  readonly certainty: Certainty
  /** Told of again when a dead letter is sent back. */
  readonly mayRepeat: boolean
  /** The items of each key (n mod 4) must come in this order. */
  readonly isOrdered: boolean
}

export interface Prophecy {
  readonly isStopped: boolean
  readonly outputs: Readonly<Record<string, Expected>>
  readonly sinks: Readonly<Record<string, Expected>>
  readonly topics: Readonly<Record<string, Expected>>
  readonly failures: Expected
}

interface Stream {
  readonly items: readonly Item[]
  /** Whether all of it comes, and whether its end is told. */
  readonly flows: Certainty
  readonly ends: Certainty
  /** Stages since the last barrier, with how many failed in each. */
  readonly before: readonly string[]
  /** Right behind a barrier: another one there has the same stages before it. */
  readonly isGated: boolean
  readonly isOrdered: boolean
  /** Read from a topic by no stage yet: an output there reads it whole, and not what the run takes of it. */
  readonly isWhole: boolean
}

const least = (a: Certainty, b: Certainty): Certainty => (a === 'none' || b === 'none' ? 'none' : a === 'maybe' || b === 'maybe' ? 'maybe' : 'all')

class Teller {
  readonly outputs: Record<string, Expected> = {}
  readonly sinks: Record<string, Expected> = {}
  readonly topics: Record<string, Expected> = {}
  readonly failures: { readonly value: unknown; readonly certainty: Certainty }[] = []
  /** Barriers that failures shut, with the stages before each. */
  readonly shut = new Map<string, readonly string[]>()
  readonly #withheld: ReadonlySet<string>
  readonly #failed = new Map<string, number>()
  readonly #isMended: boolean

  constructor(withheld: ReadonlySet<string>, isMended: boolean) {
    this.#withheld = withheld
    this.#isMended = isMended
  }

  chain(from: Stream, { steps, end }: Chain): void {
    let stream = from
    for (const step of steps) stream = this.#step(stream, step)
    this.#end(stream, end)
  }

  #step(stream: Stream, step: Step): Stream {
    const { items } = stream
    switch (step.kind) {
      case 'map': return { ...stream, items: items.map(item => ({ ...item, n: item.n + 1_000 })) }
      case 'filter': return { ...stream, items: items.filter(({ n }) => n % 5 !== 0) }
      case 'flatMap': return { ...stream, isOrdered: false, items: items.flatMap(item => Array.from({ length: item.n % 3 }, (_, part) => ({ ...item, n: item.n * 10 + part }))) }
      case 'merge': {
        const both = [...items, ...items.filter(({ n }) => n % 2 === 0).map(item => ({ ...item, n: item.n + 7 }))]
        return step.byPriority ? this.#stage({ ...stream, items: both, isOrdered: false }, step.name, both, []) : { ...stream, items: both, isOrdered: false }
      }
      case 'barrier': return this.#barrier(stream, step.name, step.tolerate)
      case 'sink': {
        this.sinks[step.name] = this.#listed(stream, step.commitsRun ? this.#endOf(stream, step.name) : stream.flows)
        const after = this.#stage({ ...stream, isOrdered: false }, step.name, items, [])
        // What a sink writes at its end is given on only then.
        return { ...after, flows: step.commitsRun ? least(after.flows, after.ends) : after.flows }
      }
      case 'batch': {
        const parts = step.parts > 1 ? items.flatMap(item => Array.from({ length: step.parts }, (_, part) => ({ ...item, n: item.n * 10 + part }))) : items
        const from = step.parts > 1 ? this.#stage(stream, `${step.name} parts`, parts, []) : stream
        const after = this.#stage({ ...from, isOrdered: false }, step.name, parts, [])
        // Full ones are given on, what is left only at the end.
        return { ...after, flows: after.flows !== 'none' && after.ends !== 'all' ? 'maybe' : after.flows }
      }
      case 'chunks': {
        const isBad = (item: Item) => item.isBad && !this.#isMended
        return this.#stage({ ...stream, isOrdered: false }, step.name, items.filter(item => !isBad(item)), items.filter(isBad).map(item => ({ item, reason: 'permanent' })))
      }
      case 'work': return this.#work(stream, step)
    }
  }

  #work(stream: Stream, step: Step & { readonly kind: 'work' }): Stream {
    const reasons = stream.items.map(item => this.#reason(item, step))
    const done = stream.items.filter((_, index) => reasons[index] === undefined).map(item => ({ ...item, n: item.n + 1 }))
    const dead = stream.items.flatMap((item, index) => (reasons[index] === undefined ? [] : [{ item, reason: reasons[index] }]))
    const isOrdered = stream.isOrdered && step.style === 'ordered'
    const from = step.style === 'sharded' ? this.#stage(stream, `${step.name} shards`, stream.items, []) : stream
    const worked = this.#stage(step.ailing ? this.#stage(from, `${step.name} before`, stream.items, []) : { ...from, isOrdered }, step.name, done, dead)
    const after = step.ailing ? this.#stage({ ...worked, isOrdered: false }, `${step.name} behind`, done, []) : worked
    // Items of one key before the worker have one key after it, too.
    if (step.failed) this.#failedEnd({ ...after, items: dead.map(({ item, reason }) => ({ ...item, reason })) }, step.failed.end)
    return after
  }

  #reason({ isBad, flaky, trouble }: Item, { attempts, hasTimeout }: Step & { readonly kind: 'work' }): string | undefined {
    if (this.#isMended) return undefined
    if (isBad) return 'permanent'
    if (flaky < attempts) return undefined
    if (trouble === 'hangs' && hasTimeout) return 'timeout'
    return trouble === 'dies' ? 'crashed' : 'attempts'
  }

  #stage(stream: Stream, name: string, items: readonly Item[], dead: readonly { readonly item: Item; readonly reason: string }[]): Stream {
    this.#failed.set(name, stream.flows === 'none' ? 0 : dead.length)
    for (const { item, reason } of dead) if (stream.flows !== 'none') this.failures.push({ value: { stage: name, item, reason }, certainty: stream.flows })
    return { ...stream, items, before: stream.isGated ? [name] : [...stream.before, name], isGated: false, isWhole: false, ends: this.#endOf(stream, name) }
  }

  /** The end of a stage before a shut barrier is not told; where it has no failures of its own it may have been told already. */
  #endOf({ ends, flows }: Stream, name: string): Certainty {
    if (!this.#withheld.has(name)) return ends
    return least(ends, flows === 'all' && (this.#failed.get(name) ?? 0) > 0 ? 'none' : 'maybe')
  }

  #barrier(stream: Stream, name: string, tolerate: 0 | '100%'): Stream {
    const failed = stream.before.reduce((sum, stage) => sum + (this.#failed.get(stage) ?? 0), 0)
    if (tolerate === 0 && failed > 0) {
      this.shut.set(name, stream.before)
      return { ...stream, flows: 'none', ends: 'none', isGated: true, isOrdered: false }
    }
    return { ...stream, flows: least(stream.flows, stream.ends), isGated: true }
  }

  #end(stream: Stream, end: End): void {
    switch (end.kind) {
      case 'output':
        if (!stream.isWhole) this.outputs[end.name] = this.#listed(stream, stream.flows)
        return
      case 'topic': return void (this.topics[end.name] = this.#listed(stream, stream.flows))
      case 'sink': return void (this.sinks[end.name] = this.#listed(stream, end.commitsRun ? this.#endOf(stream, end.name) : stream.flows))
      case 'copy':
        this.chain(stream, end.first)
        return this.chain(stream, end.second)
      case 'split': {
        const of = (keep: (n: number) => boolean) => ({ ...stream, items: stream.items.filter(({ n }) => keep(n)) })
        this.chain(of(n => n % 2 === 0), end.even)
        this.chain(of(n => n % 3 === 0), end.third)
        return this.chain(of(n => n % 2 !== 0 && n % 3 !== 0), end.rest)
      }
      case 'sum': case 'counts': return this.#reduce(stream, end)
    }
  }

  #reduce({ items, flows, ends }: Stream, { kind, name, emit }: End & { readonly kind: 'sum' | 'counts' }): void {
    // What is given every so often may have come to any point when the run stops.
    if (emit === 'every' && ends !== 'all') return
    const certainty = emit === 'at-end' ? least(flows, ends) : flows
    const shared = { certainty, mayRepeat: false, isOrdered: false }
    if (kind === 'sum') {
      const isSilent = emit !== 'at-end' && items.length === 0
      this.outputs[name] = { ...shared, kind: 'last', values: isSilent ? [] : [items.reduce((sum, { n }) => sum + n, 0)] }
      return
    }
    const counts = new Map<number, number>()
    for (const { n } of items) counts.set(n % 7, (counts.get(n % 7) ?? 0) + 1)
    this.outputs[name] = { ...shared, kind: 'last by key', values: [...counts].map(([key, value]) => ({ key, value })) }
  }

  #failedEnd(stream: Stream, end: End): void {
    const expected: Expected = { kind: 'list', values: stream.items, certainty: stream.flows, mayRepeat: true, isOrdered: false }
    if (end.kind === 'topic') this.topics[end.name] = expected
    else if (end.kind === 'output') this.outputs[end.name] = expected
  }

  #listed({ items, isOrdered }: Stream, certainty: Certainty): Expected {
    return { kind: 'list', values: items, certainty, mayRepeat: false, isOrdered }
  }
}

const source = 'source'

function told({ manner, items, published, splits, chain }: Shape, withheld: ReadonlySet<string>, isMended: boolean): Teller {
  const teller = new Teller(withheld, isMended)
  // Where a source is stored it is a stage before every barrier.
  const ends = withheld.has(source) ? 'maybe' : 'all'
  teller.chain({ items: [...items, ...published], flows: 'all', ends, before: [source], isGated: false, isWhole: manner === 'again', isOrdered: published.length === 0 && (splits.count === 1 || splits.isGrouped) }, chain)
  return teller
}

/** What must be there at the end; `isMended`: after a second round, in which nothing was bad any more. */
export function prophesied(shape: Shape, isMended = false): Prophecy {
  if (!isMended) return prophecyOf(shape, false)
  const [first, second] = [prophecyOf(shape, false), prophecyOf(shape, true)]
  // What was told of failures in the first round stays told.
  const toldFirst = (name: 'outputs' | 'topics') => Object.fromEntries(Object.entries(second[name]).map(([key, expected]) => [key, expected.mayRepeat ? first[name][key]! : expected]))
  return { ...second, outputs: toldFirst('outputs'), topics: toldFirst('topics') }
}

function prophecyOf(shape: Shape, isMended: boolean): Prophecy {
  let teller = told(shape, new Set(), isMended)
  for (let before = -1; teller.shut.size > 0 && before !== teller.shut.size;) {
    before = teller.shut.size
    teller = told(shape, new Set([...teller.shut.values()].flat()), isMended)
  }
  const certain = teller.failures.every(({ certainty }) => certainty === 'all')
  return {
    isStopped: teller.shut.size > 0, outputs: teller.outputs, sinks: teller.sinks, topics: teller.topics,
    failures: { kind: 'list', values: teller.failures.map(({ value }) => value), certainty: certain ? 'all' : 'maybe', mayRepeat: false, isOrdered: false },
  }
}
