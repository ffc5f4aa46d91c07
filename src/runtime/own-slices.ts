// The slices that are this process's at the moment: made when they come, drained when they go, told of what was appended for them.
import type { Log, PartitionId } from '../log.ts'
import type { RunNames } from './names.ts'
import { OwnedSlice } from './owned-slice.ts'
import { untilOf } from './positions.ts'
import type { Arrival, SliceHost, SliceMaker } from './slice-maker.ts'
import type { Slice } from './slices.ts'
import type { StageRunner } from './stage-runner.ts'
import type { Stages } from './stages.ts'

export interface OwnSlicesOptions {
  readonly log: Log
  readonly names: RunNames
  readonly stages: Stages
  readonly maker: SliceMaker
  readonly isEndless: boolean
  readonly epoch: () => number
  readonly startedAt: () => number
  readonly isOver: () => boolean
  readonly hostOf: (wake: () => void, ifOurs: (then: () => void) => void) => Omit<SliceHost, 'readers'>
  readonly wake: (runner: StageRunner) => void
  readonly arrived: (slice: Slice) => void
}

export class OwnSlices {
  readonly #options: OwnSlicesOptions
  readonly #owned = new Map<Slice, OwnedSlice>()
  #arriving = 0

  constructor(options: OwnSlicesOptions) {
    this.#options = options
  }

  /** Some are being made. */
  get areArriving(): boolean {
    return this.#arriving > 0
  }

  /** `opened` resolves when somebody has taken the run up. */
  async take(slices: readonly Slice[], opened: Promise<void>): Promise<void> {
    const { log, names, maker, isEndless, epoch } = this.#options
    const arrived = slices.map(slice => {
      const owned = new OwnedSlice(slice, epoch)
      this.#owned.set(slice, owned)
      return owned
    })
    this.#arriving++
    try {
      await opened
      const [topics, until, steered] = await Promise.all([log.topics(), isEndless ? new Map<string, readonly number[]>() : untilOf(log, names), maker.steered()])
      await Promise.all(arrived.map(owned => this.#make(owned, { topics, until, steered })))
    } finally {
      this.#arriving--
    }
  }

  /** What is at work may finish; then another may have them. */
  async letGo(slices: readonly Slice[], graceMs: number): Promise<void> {
    const { stages } = this.#options
    await Promise.all(slices.map(async slice => {
      const owned = this.#owned.get(slice)
      this.#owned.delete(slice)
      await owned?.letGo(graceMs)
      if (owned?.runner && stages.runner(slice.key) === owned.runner) stages.remove(slice)
    }))
  }

  /** Something was appended. */
  poke({ topic, partition }: PartitionId): void {
    const place = `${topic}:${partition}`
    for (const { readers, runner } of this.#owned.values()) {
      const reading = readers.get(place)
      if (!reading) continue
      for (const reader of reading) reader.poke()
      if (runner) this.#options.wake(runner)
    }
  }

  /** Something may have been appended anywhere. */
  pokeAll(): void {
    for (const { readers } of this.#owned.values()) for (const reader of [...readers.values()].flat()) reader.poke()
  }

  async #make(owned: OwnedSlice, found: Pick<Arrival, 'topics' | 'until' | 'steered'>): Promise<void> {
    const { stages, maker, startedAt, isOver, hostOf, wake, arrived } = this.#options
    const { slice, readers } = owned
    if (owned.isLetGo) return
    const host = hostOf(() => owned.runner && wake(owned.runner), then => { if (!owned.isLetGo) then() })
    const runner = await maker.make(slice, { ...found, epoch: owned.epoch, startedAt: startedAt() }, { ...host, readers })
    if (owned.isLetGo || isOver()) return runner.close()
    owned.runner = runner
    stages.add(slice, runner)
    arrived(slice)
    wake(runner)
  }
}
