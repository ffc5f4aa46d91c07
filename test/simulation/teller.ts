// Follows the items of a shape through its steps, and notes what must come out where. The one thing to know: it shares no code with the library.
import type { Certainty, Expected } from './expected.ts'
import { copied, parcelsOf, refusing, through, valuesOf, type Parcel, type Refusal, type Transform } from './parcels.ts'
import { throwsFor, type Chain, type End, type Item, type Step } from './shapes.ts'

interface Stream {
  /** Stored, with what the functions make of them that were met since. */
  readonly parcels: readonly Parcel[]
  /** Whether one of those functions makes several of one: what gathers them has its parts stored first. */
  readonly isFanned: boolean
  /** Splits met since that have no default: the first stage that reads sets aside what takes no route. */
  readonly splits: readonly object[]
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

interface Dead {
  readonly item: Item
  readonly reason: string
}

export class Teller {
  readonly outputs: Record<string, Expected> = {}
  readonly sinks: Record<string, Expected> = {}
  readonly topics: Record<string, Expected> = {}
  readonly failures: { readonly value: unknown; readonly certainty: Certainty }[] = []
  /** Barriers that failures shut, with the stages before each. */
  readonly shut = new Map<string, readonly string[]>()
  readonly #withheld: ReadonlySet<string>
  readonly #failed = new Map<string, number>()
  /** Splits without a default that a stage has read behind. */
  readonly #checked = new Set<object>()
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

  /** Of a source that says some twice: what it has no id of cannot be told to be the same. */
  withIds(name: string, items: readonly Item[], throwsAt: number | undefined): readonly Item[] {
    const dead = [...items, ...items.slice(0, 2)].filter(item => this.#throws(throwsAt, item))
    this.#failed.set(name, dead.length)
    for (const item of dead) this.failures.push({ value: { stage: name, item, reason: 'permanent' }, certainty: 'all' })
    return items.filter(item => !this.#throws(throwsAt, item))
  }

  #step(stream: Stream, step: Step): Stream {
    const { parcels } = stream
    switch (step.kind) {
      case 'map': return this.#through(stream, step, item => [{ ...item, n: item.n + 1_000 }])
      case 'filter': return this.#through(stream, step, item => (item.n % 5 === 0 ? [] : [item]))
      case 'flatMap': return { ...this.#through(stream, step, item => partsOf(item, item.n % 3)), isFanned: true, isOrdered: false }
      case 'merge': {
        const others = through(copied(parcels), item => (item.n % 2 === 0 ? [{ ...item, n: item.n + 7 }] : []))
        const both = { ...stream, parcels: [...parcels, ...others], isOrdered: false }
        return step.byPriority ? this.#stage(both, step.name, this.#laidOut(step)).after : both
      }
      case 'barrier': return this.#barrier(stream, step.name, step.tolerate)
      case 'sink': {
        const { after } = this.#stage(stream, step.name)
        this.sinks[step.name] = this.#listed(after, step.commitsRun ? after.ends : stream.flows)
        // What a sink writes at its end is given on only then.
        return { ...after, isOrdered: false, flows: step.commitsRun ? least(after.flows, after.ends) : after.flows }
      }
      case 'batch': {
        const whole = step.parts > 1 ? this.#through(stream, {}, item => partsOf(item, step.parts)) : stream
        const keyed = this.#through(whole, step, item => [item])
        const from = step.parts > 1 || stream.isFanned ? this.#stage(keyed, `${step.name} parts`).after : keyed
        const { after } = this.#stage({ ...from, isOrdered: false }, step.name)
        // Full ones are given on, what is left only at the end.
        return { ...after, isFanned: true, flows: after.flows !== 'none' && after.ends !== 'all' ? 'maybe' : after.flows }
      }
      case 'chunks': return this.#stage({ ...stream, isOrdered: false }, step.name, item => (item.isBad && !this.#isMended ? 'permanent' : item)).after
      case 'work': return this.#work(stream, step)
    }
  }

  #work(stream: Stream, step: Step & { readonly kind: 'work' }): Stream {
    const { name, style, ailing, failed } = step
    const isOrdered = stream.isOrdered && style === 'ordered'
    const keyed = style === 'ordered' || style === 'per key' ? this.#through(stream, step, item => [item]) : stream
    const from = style === 'sharded' ? this.#stage(keyed, `${name} shards`, this.#laidOut(step)).after : style === 'priority' ? this.#stage(keyed, `${name} by priority`, this.#laidOut(step)).after : keyed
    const worked = this.#stage(ailing ? this.#stage(from, `${name} before`).after : { ...from, isOrdered }, name, item => this.#reason(item, step) ?? { ...item, n: item.n + 1 })
    const after = ailing ? this.#stage({ ...worked.after, isOrdered: false }, `${name} behind`).after : worked.after
    // Items of one key before the worker have one key after it, too.
    if (failed) this.#failedEnd({ ...after, parcels: parcelsOf(worked.dead.map(({ item, reason }) => ({ ...item, reason }))) }, failed.end)
    return after
  }

  #reason({ isBad, flaky, trouble }: Item, { attempts, hasTimeout, together }: Step & { readonly kind: 'work' }): string | undefined {
    if (this.#isMended) return undefined
    if (isBad) return together === 'agree' ? 'attempts' : 'permanent'
    if ((together === 'race' ? flaky >> 1 : flaky) < attempts) return undefined
    if (trouble === 'hangs' && hasTimeout) return 'timeout'
    return trouble === 'dies' && together !== 'race' ? 'crashed' : 'attempts'
  }

  /** A function in front of the stages that read on from here. */
  #through(stream: Stream, { throwsAt }: { readonly throwsAt?: number | undefined }, transform: (item: Item) => readonly Item[]): Stream {
    return { ...stream, parcels: through(stream.parcels, refusing(item => this.#throws(throwsAt, item), transform)) }
  }

  /** Stored where a function of the item says, which may throw of it. */
  #laidOut({ throwsAt }: Step): (item: Item) => Item | string {
    return item => (this.#throws(throwsAt, item) ? 'permanent' : item)
  }

  #throws(throwsAt: number | undefined, item: Item): boolean {
    return !this.#isMended && throwsFor(throwsAt, item)
  }

  /** What becomes of each item in a stage: another one, or the reason for which it is set aside. */
  #stage(stream: Stream, name: string, outcomeOf: (item: Item) => Item | string = item => item): { readonly after: Stream; readonly dead: readonly Dead[] } {
    const isFirst = (refusal: Refusal) => !refusal.split || !this.#checked.has(refusal.split)
    const dead: Dead[] = []
    const done: Item[] = []
    for (const { stored, values, refusals } of stream.parcels) {
      const refusal = refusals.find(isFirst)
      if (refusal) dead.push({ item: stored, reason: refusal.reason })
      else for (const item of values) note(item, outcomeOf(item), done, dead)
    }
    for (const split of stream.splits) this.#checked.add(split)
    this.#failed.set(name, stream.flows === 'none' ? 0 : dead.length)
    if (stream.flows !== 'none') for (const { item, reason } of dead) this.failures.push({ value: { stage: name, item, reason }, certainty: stream.flows })
    const before = stream.isGated ? [name] : [...stream.before, name]
    return { dead, after: { ...stream, parcels: parcelsOf(done), isFanned: false, splits: [], before, isGated: false, isWhole: false, ends: this.#endOf(stream, name) } }
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
      case 'topic': return void (this.topics[end.name] = this.#listed({ ...this.#stage(stream, end.name).after, isOrdered: stream.isOrdered }, stream.flows))
      case 'sink': {
        const { after } = this.#stage(stream, end.name)
        return void (this.sinks[end.name] = this.#listed(after, end.commitsRun ? after.ends : stream.flows))
      }
      case 'copy':
        this.chain(stream, end.first)
        return this.chain(stream, end.second)
      case 'split': return this.#split(stream, end)
      case 'sum': case 'counts': return this.#reduce(stream, end)
    }
  }

  #split(stream: Stream, end: End & { readonly kind: 'split' }): void {
    const { throwsAt, hasDefault = true } = end
    const isEven = ({ n }: Item) => n % 2 === 0
    const isThird = ({ n }: Item) => n % 3 === 0
    const throws = (item: Item) => this.#throws(throwsAt, item)
    /** What is said of an item that does not take the route, by whoever looks at the others too. */
    const elsewhere = (item: Item, takesOther: boolean): readonly Item[] | Refusal => {
      if (hasDefault || takesOther) return []
      return { reason: throws(item) ? 'permanent' : 'no-route', split: end }
    }
    const branch = (transform: Transform): Stream => ({ ...stream, parcels: through(stream.parcels, transform), splits: hasDefault ? stream.splits : [...stream.splits, end] })
    this.chain(branch(item => (isEven(item) ? [item] : elsewhere(item, !throws(item) && isThird(item)))), end.even)
    this.chain(branch(item => (throws(item) ? { reason: 'permanent' } : isThird(item) ? [item] : elsewhere(item, isEven(item)))), end.third)
    if (hasDefault) this.chain(branch(item => (isEven(item) ? [] : throws(item) ? { reason: 'permanent' } : isThird(item) ? [] : [item])), end.rest)
  }

  #reduce(stream: Stream, { kind, name, emit, throwsAt }: End & { readonly kind: 'sum' | 'counts' }): void {
    const { flows, ends } = stream
    const read = kind === 'counts' ? this.#through(stream, { throwsAt }, item => [item]) : stream
    const items = valuesOf(this.#stage(read, name, item => (kind === 'sum' && this.#throws(throwsAt, item) ? (item.n % 5 === 1 ? 'permanent' : 'attempts') : item)).after.parcels)
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
    const expected: Expected = { kind: 'list', values: valuesOf(stream.parcels), certainty: stream.flows, mayRepeat: true, isOrdered: false }
    if (end.kind === 'topic') this.topics[end.name] = expected
    else if (end.kind === 'output') this.outputs[end.name] = expected
  }

  #listed({ parcels, isOrdered }: Stream, certainty: Certainty): Expected {
    return { kind: 'list', values: valuesOf(parcels), certainty, mayRepeat: false, isOrdered }
  }
}

function note(item: Item, outcome: Item | string, done: Item[], dead: Dead[]): void {
  if (typeof outcome === 'string') dead.push({ item, reason: outcome })
  else done.push(outcome)
}

function partsOf(item: Item, count: number): readonly Item[] {
  return Array.from({ length: count }, (_, part) => ({ ...item, n: item.n * 10 + part }))
}
