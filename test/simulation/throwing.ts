// Which functions between the workers throw, and which workers do an item together. Its chances come from a generator of their own, so that
// a seed keeps the pipeline it had.
import { generator, type Random } from '../../src/reducers/seeded-random.ts'
import { throwsOneIn, type Chain, type End, type Shape, type Step, type Together } from './shapes.ts'

/** Of all seeds; and of the functions of such a seed. */
const [seedShare, functionShare] = [0.35, 0.35]

export function withThrowing(shape: Shape): Shape {
  const random = generator(Math.imul(shape.seed, 0x85eb) ^ 0x7415)
  if (random() >= seedShare) return shape
  const chooser = new Chooser(random)
  const sourceThrows = shape.sourceHasIds ? chooser.number() : undefined
  return { ...shape, sourceThrows, chain: chooser.chain(shape.chain) }
}

class Chooser {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** `isSingle`: what is stored is one item. Of a batch nobody can tell which others are refused with one. */
  chain({ steps, end }: Chain, isSingle = true): Chain {
    let single = isSingle
    const chosen = steps.map((step, index) => {
      const canRefuse = single && !isReturned({ steps: steps.slice(index + 1), end })
      if (isStage(step)) single = step.kind !== 'batch'
      return this.#step(step, canRefuse)
    })
    return { steps: chosen, end: this.#end(end, single) }
  }

  number(): number | undefined {
    return this.#random() < functionShare ? Math.floor(this.#random() * throwsOneIn) : undefined
  }

  #step(step: Step, canRefuse: boolean): Step {
    switch (step.kind) {
      case 'map': case 'filter': case 'flatMap': return canRefuse ? { ...step, throwsAt: this.number() } : step
      case 'batch': return step.isKeyed && canRefuse ? { ...step, throwsAt: this.number() } : step
      case 'merge': return step.byPriority ? { ...step, throwsAt: this.number() } : step
      case 'work': {
        const isKeyed = step.style === 'ordered' || step.style === 'per key'
        return { ...step, throwsAt: isKeyed && !canRefuse ? undefined : this.number(), together: this.#together() }
      }
      default: return step
    }
  }

  #end(end: End, isSingle: boolean): End {
    switch (end.kind) {
      case 'sum': return { ...end, throwsAt: this.number() }
      case 'counts': return isSingle ? { ...end, throwsAt: this.number() } : end
      case 'copy': return { ...end, first: this.chain(end.first, isSingle), second: this.chain(end.second, isSingle) }
      case 'split': {
        const branches = [end.even, end.third]
        // What is returned has no stage that could set an item aside: reading it throws.
        const throwsAt = !isSingle || [...branches, end.rest].some(isReturned) ? undefined : this.number()
        const hasDefault = !isSingle || !branches.some(hasStage) || this.#random() >= functionShare
        return { ...end, even: this.chain(end.even, isSingle), third: this.chain(end.third, isSingle), rest: this.chain(end.rest, isSingle), throwsAt, hasDefault }
      }
      default: return end
    }
  }

  #together(): Together | undefined {
    const kind = this.#random()
    return kind < 0.15 ? 'race' : kind < 0.3 ? 'agree' : kind < 0.4 ? 'one after the other' : undefined
  }
}

/** Whether what comes in is part of a result as it is, with no stage before. */
function isReturned({ steps, end }: Chain): boolean {
  if (steps.some(isStage)) return false
  if (end.kind === 'copy') return isReturned(end.first) || isReturned(end.second)
  if (end.kind === 'split') return [end.even, end.third, end.rest].some(isReturned)
  return end.kind === 'output'
}

/** Whether some stage reads what comes in. */
function hasStage({ steps, end }: Chain): boolean {
  if (steps.some(isStage)) return true
  if (end.kind === 'copy') return hasStage(end.first) || hasStage(end.second)
  if (end.kind === 'split') return [end.even, end.third, end.rest].some(hasStage)
  return end.kind !== 'output'
}

function isStage(step: Step): boolean {
  return step.kind === 'merge' ? step.byPriority : !['map', 'filter', 'flatMap', 'barrier'].includes(step.kind)
}
