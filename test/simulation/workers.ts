// The workers of a shape, and the functions between them. They fail by the item and the attempt alone, so that what must come out can be told beforehand.
import { PermanentError, RetryLater, agree, multiWorker, race, type Context, type Worker } from '../../src/index.ts'
import { CrashedError } from '../../src/model/errors.ts'
import type { Outcome } from '../../src/model/worker.ts'
import { ProcessKilled } from '../../src/testing/stand-ins.ts'
import { throwsFor, type Item, type Step } from './shapes.ts'

type WorkStep = Step & { readonly kind: 'work' }

export class Workers {
  readonly #isMended: () => boolean
  /** How often items have killed a process, over all processes of a seed. */
  readonly #kills = new Map<string, number>()

  constructor(isMended: () => boolean) {
    this.#isMended = isMended
  }

  of(step: WorkStep): Worker<Item, any> {
    const together = this.#together(step)
    return (item, context) => {
      this.#dieOf(step.name, item, context.attempt)
      return together(item, context)
    }
  }

  ofChunks(throwsWhole: boolean): (all: readonly Item[]) => Outcome<Item> {
    return all => {
      if (throwsWhole && all.some(item => this.#isBad(item))) throw new PermanentError('there is a bad one among them')
      return all.map(item => (this.#isBad(item) ? new PermanentError(`bad ${item.n}`) : item))
    }
  }

  /** A function that throws for some items, until what is wrong is mended. */
  throwing<Result>(throwsAt: number | undefined, read: (item: Item) => Result): (item: Item) => Result {
    if (throwsAt === undefined) return read
    return item => {
      if (throwsFor(throwsAt, item) && !this.#isMended()) throw thrownFor(item)
      return read(item)
    }
  }

  /** The second of a race fails less often. Of what is bad, those that should agree give something else each. */
  #together(step: WorkStep): Worker<Item, any> {
    const alone: Worker<Item, any> = (item, context) => this.#attempt(step, item, item.flaky, context)
    const agreeing = (by: number): Worker<Item, any> => (item, context) => (this.#isBad(item) ? { ...item, n: item.n + by } : alone(item, context))
    switch (step.together) {
      case 'race': return race<Item, any>(alone, (item, context) => this.#attempt(step, item, item.flaky >> 1, context))
      case 'agree': return agree(agreeing(1), agreeing(2))
      case 'one after the other': return multiWorker<Item, any, any, any>(() => {}, alone, () => {})
      default: return alone
    }
  }

  #attempt({ name, style, hasTimeout }: WorkStep, item: Item, flaky: number, { attempt, signal }: Context): unknown {
    if (this.#isBad(item)) throw new PermanentError(`bad ${item.n}`)
    if (attempt <= flaky && !this.#isMended()) {
      if (item.trouble === 'hangs' && hasTimeout) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
      if (item.trouble === 'later') throw new RetryLater('later', { after: '90s' })
      throw item.trouble === 'dies' ? new CrashedError(name, 'it died in a simulation') : new Error(`flaky ${item.n}`)
    }
    const result = { ...item, n: item.n + 1 }
    return style === 'async' ? Promise.resolve(result) : result
  }

  #dieOf(stage: string, { n, kills }: Item, attempt: number): void {
    const key = `${stage}:${n}`
    const killed = this.#kills.get(key) ?? 0
    if (killed >= kills || attempt !== 1) return
    this.#kills.set(key, killed + 1)
    throw new ProcessKilled(`item ${n} has killed its process`)
  }

  #isBad({ isBad }: Item): boolean {
    return isBad && !this.#isMended()
  }
}

/** Anything can be thrown. */
function thrownFor({ n }: Item): unknown {
  switch (n % 5) {
    case 0: return undefined
    case 1: return new PermanentError(`nobody can read ${n}`)
    case 2: return `no ${n}`
    case 3: return Object.create(null)
    default: return new Error(`cannot read ${n}`)
  }
}
