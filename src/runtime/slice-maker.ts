// From a slice that was given to this process to the runner that works on it: reads how far whoever had it before has come.
import type { Log, Progress, TopicInfo } from '../log.ts'
import type { MapReducer } from '../map-reducer.ts'
import type { RetryState } from '../model/item.ts'
import type { Plan } from '../plan/plan.ts'
import { Limiter } from '../policies/limiter.ts'
import { rolloutsStore, shardsStore } from './control.ts'
import type { Environment, Limiters } from './environment.ts'
import { heldStore } from './held-attempts.ts'
import { mapReducerOf } from './map-reduce-choice.ts'
import { subscriptionOf, type RunNames } from './names.ts'
import { firstPositions } from './positions.ts'
import type { RunState } from './run-state.ts'
import { SharedExecutors } from './shared-executor.ts'
import type { Slice } from './slices.ts'
import { makeStage } from './stage-factory.ts'
import type { StageMaking } from './stage-making.ts'
import type { StageRunner } from './stage-runner.ts'
import type { SteeredBefore } from './steerings.ts'
import { allEntries } from './state.ts'

export interface SliceMakerOptions {
  readonly plan: Plan
  readonly names: RunNames
  readonly log: Log
  readonly environment: Environment
  readonly limiters: Limiters
  readonly state: RunState
  readonly round: () => number
  readonly isEndless: boolean
  readonly progressed: (progress: Progress) => void
}

/** What is looked up once for all slices that come together. */
export interface Arrival {
  readonly topics: readonly TopicInfo[]
  readonly epoch: () => number
  readonly startedAt: number
  readonly until: ReadonlyMap<string, readonly number[]>
  readonly steered: SteeredBefore
}

/** What a slice asks of its run. */
export type SliceHost = Pick<StageMaking, 'signal' | 'readers' | 'isOpen' | 'mayRun' | 'hasEnded' | 'mayEnd' | 'wake' | 'onCommitted' | 'onError'>

export class SliceMaker {
  readonly mapReducers: MapReducer[] = []
  readonly #options: SliceMakerOptions
  readonly #executors = new SharedExecutors()
  readonly #slots = new Map<string, Limiter>()

  constructor(options: SliceMakerOptions) {
    this.#options = options
  }

  /** What earlier processes left of rollouts and sick shards: of all stages together. */
  async steered(): Promise<SteeredBefore> {
    const { plan, names, log } = this.#options
    if (!plan.stages.some(stage => stage.kind === 'work' && (stage.settings.rollout !== undefined || stage.spillAbove !== undefined))) return { rollouts: new Map(), shards: new Map() }
    const [rollouts, shards] = await Promise.all([allEntries(log, rolloutsStore(plan.pipeline)), allEntries(log, names.store(shardsStore))])
    return { rollouts, shards }
  }

  async make(slice: Slice, { topics, epoch, startedAt, until, steered }: Arrival, host: SliceHost): Promise<StageRunner> {
    const { plan, names, log, limiters, state, round, isEndless } = this.#options
    const { stage, lanes, key } = slice
    const progress = await this.#progressOf(slice, { topics, epoch })
    const sources = stage.inputs.filter(({ from }) => from.kind === 'source')
    const positions = await Promise.all(sources.map(({ name }) => allEntries(log, names.store(`${stage.name}/positions/${name}`))))
    const held = stage.kind === 'work' ? await allEntries(log, names.store(heldStore(stage.name))) : new Map<string, string>()
    const environment = this.#environmentOf(slice)
    const mapReducer = await mapReducerOf(stage, { plan, names, environment, isEndless, hasPositions: positions.some(({ size }) => size > 0) })
    if (mapReducer) this.mapReducers.push(mapReducer)
    return makeStage(stage, {
      ...host, plan, names, lanes, countsKey: key, mapReducer, environment, limiters, slots: this.#slotsOf(slice), epoch, round, isEndless, startedAt, until, progress,
      runId: `${names.scope}@${startedAt}`,
      steered, ends: this.#endsOf(topics), positions: new Map(positions.flatMap(map => [...map])),
      held: new Map(Array.from(held, ([place, value]) => [place, JSON.parse(value) as RetryState])),
      counters: state.countersOf(key),
      endedLanes: new Set(lanes.filter(lane => state.hasEnded(stage.name, lane, round()))),
    })
  }

  async #progressOf({ stage, lanes }: Slice, { topics, epoch }: Pick<Arrival, 'topics' | 'epoch'>): Promise<readonly Progress[]> {
    const { plan, names, log, progressed } = this.#options
    const subscriptions = new Set([names.subscription(stage.name), ...stage.inputs.map(input => subscriptionOf(names, stage, input))])
    const known = (await Promise.all([...subscriptions].map(subscription => log.progress(subscription)))).flat()
    const levelsOf = (name: string) => plan.topics.find(topic => topic.name === name)?.levels ?? 1
    const first = await firstPositions({ log, epoch: epoch() }, { names, stage, lanes, levelsOf }, topics, known)
    for (const each of [...known, ...first]) progressed(each)
    return [...known, ...first]
  }

  /** Where partitions ended when nothing was at work yet. Undefined: others append to them at any time. */
  #endsOf(topics: readonly TopicInfo[]): StageMaking['ends'] {
    const { plan, log } = this.#options
    if (log.parts !== undefined) return () => undefined
    const extents = new Map(topics.map(({ name, extents }) => [name, extents]))
    for (const { name, isShared } of plan.topics) if (isShared) extents.delete(name)
    return ({ topic, partition }) => extents.get(topic)?.[partition]?.end
  }

  /** Lanes of one stage in one process have their workers in common. */
  #environmentOf({ stage, lanes }: Slice): Environment {
    const environment = { ...this.#options.environment, log: this.#options.log }
    if (lanes.length === stage.lanes) return environment
    return { ...environment, executorFor: (work, capacity) => this.#executors.use(work.name, () => environment.executorFor(work, capacity)) }
  }

  #slotsOf({ stage, lanes }: Slice): ((capacity: number) => Limiter) | undefined {
    if (lanes.length === stage.lanes) return undefined
    return capacity => {
      const slots = this.#slots.get(stage.name) ?? new Limiter({ concurrency: capacity }, this.#options.environment.clock)
      this.#slots.set(stage.name, slots)
      return slots
    }
  }
}
