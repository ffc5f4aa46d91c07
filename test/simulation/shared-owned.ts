// Which partition a process must have for what it commits: that of the slice whose counts, ends or progress it writes, or the leader's.
import type { Commit, PartitionId, Progress, StateChange } from '../../src/log.ts'
import type { Plan, StagePlan } from '../../src/plan/plan.ts'
import { retryDelaysMs } from '../../src/plan/topics.ts'
import { pausedStore, runKey, runsStore } from '../../src/runtime/control.ts'
import { laneOf, namesOf, retryTopic, subscriptionOf, type RunNames } from '../../src/runtime/names.ts'
import { barriersStore, countersStore, endsStore, isRedriven, restingStore } from '../../src/runtime/run-state.ts'
import { holdingsOf, leadTopic, slicesOf } from '../../src/runtime/slices.ts'

export interface SpokenFor {
  readonly id: PartitionId
  readonly what: string
}

export class Owned {
  readonly #plan: Plan
  readonly #names: RunNames
  readonly #run: string
  readonly #lead: PartitionId
  /** By stage and lane. */
  readonly #partitions = new Map<string, PartitionId>()

  constructor(plan: Plan, scope: string) {
    this.#plan = plan
    this.#names = namesOf(plan, scope)
    this.#run = runKey(scope === plan.pipeline ? 0 : 1)
    this.#lead = { topic: this.#names.topic(leadTopic), partition: 0 }
    const slices = new Map(plan.stages.map(stage => [stage.name, slicesOf(stage, true)]))
    for (const { topic, slices: held } of holdingsOf(plan, slices)) {
      held.forEach((each, partition) => {
        for (const { stage, lanes, key } of each) for (const at of [key, ...lanes.map(lane => `${stage.name}/${lane}`)]) this.#partitions.set(at, { topic: this.#names.topic(topic), partition })
      })
    }
  }

  spokenFor({ state, progress }: Commit): readonly SpokenFor[] {
    const ids = [...state.map(change => ({ id: this.#ofState(change), what: `'${change.key}' in '${change.store}'` })), ...progress.map(each => ({ id: this.#ofProgress(each), what: `progress in '${each.topic}'` }))]
    return ids.filter((each): each is SpokenFor => each.id !== undefined)
  }

  #ofState({ store, key }: StateChange): PartitionId | undefined {
    const { store: named } = this.#names
    if (store === named(countersStore)) return isRedriven(key) ? this.#lead : this.#partitions.get(key)
    if (store === named(endsStore) || store === named(restingStore)) return this.#partitions.get(key)
    const isLeaders = [named(barriersStore), named('until'), pausedStore(this.#plan.pipeline)].includes(store)
    return isLeaders || (store === runsStore(this.#plan.pipeline) && key === this.#run) ? this.#lead : undefined
  }

  #ofProgress({ topic, subscription, partition }: Progress): PartitionId | undefined {
    for (const stage of this.#plan.stages) {
      const lane = this.#laneIn(stage, topic, subscription, partition)
      if (lane !== undefined) return this.#partitions.get(`${stage.name}/${lane}`)
    }
    return undefined
  }

  #laneIn(stage: StagePlan, topic: string, subscription: string, partition: number): number | undefined {
    if (topic === this.#names.topic(retryTopic(stage.name))) return laneOf(stage, partition, retryDelaysMs.length)
    for (const input of stage.inputs) {
      const name = input.from.kind === 'source' ? input.from.splits : input.from.topic
      if (this.#names.topic(name) !== topic || subscriptionOf(this.#names, stage, input) !== subscription) continue
      return laneOf(stage, partition, this.#plan.topics.find(each => each.name === name)?.levels ?? 1)
    }
    return undefined
  }
}
