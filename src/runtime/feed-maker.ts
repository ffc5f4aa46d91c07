// The feeds of a stage, by kind of input, and its retries: of all its lanes, or of those that are run here.
import { retryDelaysMs } from '../plan/topics.ts'
import type { InputPlan, Operator, StagePlan, TopicPlan } from '../plan/plan.ts'
import { board, boardingOf } from './board.ts'
import { normalWeight, weights, type Feed } from './feed.ts'
import type { Flight } from './flight.ts'
import { logOf } from './stage-log.ts'
import { MapReduceFeed } from './map-reduce-feed.ts'
import { laneOf, partitionsOf, retryTopic } from './names.ts'
import { PartitionReader } from './partition-reader.ts'
import { failureOf } from './redrive.ts'
import { RetryFeed } from './retry-feed.ts'
import { SourceFeed } from './source-feed.ts'
import { lister } from './splits.ts'
import type { StageMaking } from './stage-making.ts'
import type { StageRunner } from './stage-runner.ts'
import { TopicFeed } from './topic-feed.ts'

export class FeedMaker {
  readonly #stage: StagePlan
  readonly #making: StageMaking
  readonly #board: (feed: Feed, offset: number, items: Parameters<typeof board>[3], skip?: (item: number) => boolean) => Flight
  readonly #boarded: (flight: Flight) => void
  #partition = 0

  constructor(stage: StagePlan, making: StageMaking, runner: StageRunner, refuse: (error: unknown, before: any) => any) {
    this.#stage = stage
    this.#making = making
    const boarding = boardingOf(stage.inputs.map(input => [input.name, operatorsOf(input)]), () => making.environment.clock.now(), refuse)
    this.#boarded = flight => runner.boarded(flight)
    this.#board = (feed, offset, items, skip) => {
      const flight = board(boarding, feed, offset, items, skip)
      runner.boarded(flight)
      return flight
    }
  }

  all(): readonly Feed[] {
    return [...this.#stage.inputs.flatMap(input => (input.from.kind === 'source' ? this.#source(input, input.from) : this.#topic(input, input.from.topic))), ...this.#retries()]
  }

  /** Every feed of the stage has its number, whether it is made here or not: progress, attempts and sinks know it by that. */
  #made(lane: number, make: (partition: number) => Feed): readonly Feed[] {
    const partition = this.#partition++
    return this.#making.lanes.includes(lane) ? [make(partition)] : []
  }

  #source(input: InputPlan, from: InputPlan['from'] & { kind: 'source' }): readonly Feed[] {
    if (this.#making.mapReducer) return this.#splits(input, from)
    const { environment, names, signal, positions, onError } = this.#making
    return this.#made(0, partition => new SourceFeed({
      name: input.name, lane: 0, partition, source: from.source,
      splits: this.#reader(names.topic(from.splits), 0, this.#subscription(from.splits)),
      isListed: reader => reader.hasEnd(lister, 1),
      isGateOpen: this.#gate(input), store: names.store(`${this.#stage.name}/positions/${input.name}`), positions,
      context: { signal, log: logOf(environment, this.#stage.name) }, clock: environment.clock, wake: this.#wake, onError, board: this.#board,
    }))
  }

  #splits({ name }: InputPlan, { source, splits }: InputPlan['from'] & { kind: 'source' }): readonly Feed[] {
    const { environment, names, signal, startedAt, mapReducer } = this.#making
    return this.#made(0, partition => new MapReduceFeed({
      name, partition, source, splits: this.#reader(names.topic(splits), 0, this.#subscription(splits)), isListed: reader => reader.hasEnd(lister, 1),
      context: { signal, log: logOf(environment, this.#stage.name) }, time: startedAt, now: () => environment.clock.now(), tasksAtOnce: mapReducer!.capacity, boarded: this.#boarded,
    }))
  }

  #topic(input: InputPlan, name: string): readonly Feed[] {
    const { plan, names } = this.#making
    const topic = plan.topics.find(each => each.name === name)!
    const levels = topic?.levels ?? 1
    const count = input.from.kind === 'dead-letters' ? plan.stages.find(stage => stage.name === (input.from as { stage: string }).stage)!.lanes : partitionsOf(topic)
    return range(count).flatMap(place => {
      const lane = laneOf(this.#stage, place, levels)
      return this.#made(lane, partition => new TopicFeed({
        input: input.name,
        lane,
        weight: levels === 3 ? weights[place % 3]! : normalWeight,
        partition,
        reader: this.#reader(names.topic(name), place, this.#subscription(name, input.name)),
        isGateOpen: this.#gate(input),
        isEnded: this.#endOf(topic),
        board: this.#board,
      }))
    })
  }

  #retries(): readonly Feed[] {
    const { names, environment } = this.#making
    const topic = names.topic(retryTopic(this.#stage.name))
    return range(this.#stage.lanes * retryDelaysMs.length).flatMap(place => {
      const lane = Math.floor(place / retryDelaysMs.length)
      return this.#made(lane, partition => new RetryFeed({
        lane, partition, clock: environment.clock, wake: this.#wake, board: this.#board,
        reader: this.#reader(topic, place, names.subscription(this.#stage.name)),
      }))
    })
  }

  #subscription(topic: string, input: string = topic): string {
    const subscription = this.#making.names.subscription(this.#stage.name, topic)
    return input === topic ? subscription : `${subscription}/${input}`
  }

  #reader(topic: string, partition: number, subscription: string): PartitionReader {
    const { environment, progress, until, ends, readers, onError } = this.#making
    const found = progress.find(each => each.subscription === subscription && each.topic === topic && each.partition === partition)
    const reader = new PartitionReader({
      log: environment.log, partition: { topic, partition }, subscription, progress: found, until: until.get(topic)?.[partition], end: ends({ topic, partition }), onChunk: this.#wake, onError,
    })
    const key = `${topic}:${partition}`
    readers.set(key, [...(readers.get(key) ?? []), reader])
    return reader
  }

  #gate(input: InputPlan): () => boolean {
    return () => input.gates.every(this.#making.isOpen)
  }

  #endOf(topic: TopicPlan): (reader: PartitionReader) => boolean {
    const { plan, round, isEndless, hasEnded } = this.#making
    if (topic?.isShared) return () => !isEndless && topic.producers.every(hasEnded)
    const expected = plan.stages.filter(stage => topic.producers.includes(stage.name)).flatMap(stage => Array.from({ length: stage.lanes }, (_, lane) => `${stage.name}/${lane}`))
    return reader => expected.every(producer => reader.hasEnd(producer, round()))
  }

  readonly #wake = (): void => this.#making.wake()
}

/** A `.failed` stream gives failures, not the items that failed. */
function operatorsOf(input: InputPlan): readonly Operator[] {
  if (input.from.kind !== 'dead-letters') return input.operators
  const { stage } = input.from
  return [{ kind: 'failure', stage, failureOf }, ...input.operators]
}


function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}
