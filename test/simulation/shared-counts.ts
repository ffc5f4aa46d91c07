// Counts what a shared run's log holds, anew and by item, since offsets leave gaps; and holds counters, ends and barriers of the run against it at each commit.
import assert from 'node:assert/strict'
import type { Append, Appended, Commit, Progress, TopicSpec } from '../../src/log.ts'
import { endOf } from '../../src/model/items.ts'
import type { Plan, StagePlan } from '../../src/plan/plan.ts'
import { retryDelaysMs } from '../../src/plan/topics.ts'
import { runKey, runsStore, type RunRecord } from '../../src/runtime/control.ts'
import { countedByStage } from '../../src/runtime/counts.ts'
import { deadLetterTopic, laneOf, namesOf, retryTopic, subscriptionOf, type RunNames } from '../../src/runtime/names.ts'
import { barriersStore, countersStore, endsStore } from '../../src/runtime/run-state.ts'

interface Written {
  readonly chunks: { readonly offset: number; readonly count: number }[]
  items: number
}

export class SharedCounts {
  readonly #plan: Plan
  readonly #names: RunNames
  /** By topic, then partition. */
  readonly #written = new Map<string, Map<number, Written>>()
  /** Items done, by topic, subscription and partition. */
  readonly #done = new Map<string, number>()
  readonly #counters = new Map<string, string>()
  readonly #ended = new Map<string, number>()
  readonly #run: string
  #round = 1

  constructor(plan: Plan, scope: string) {
    this.#plan = plan
    this.#run = runKey(scope === plan.pipeline ? 0 : 1)
    this.#names = namesOf(plan, scope)
  }

  created({ name, partitions }: TopicSpec): void {
    if (!this.#written.has(name)) this.#written.set(name, new Map(Array.from({ length: partitions }, (_, partition) => [partition, { chunks: [], items: 0 }])))
  }

  appended({ topic, partition, chunk }: Append, { offset, duplicates }: Appended): void {
    if (endOf(chunk)) return
    const written = this.#written.get(topic)!.get(partition)!
    const count = chunk.count - duplicates.length
    if (count > 0) written.chunks.push({ offset, count })
    written.items += count
  }

  /** Items that stages have not done with. */
  get left(): number {
    const unread = (stage: StagePlan, input: StagePlan['inputs'][number]) => this.#itemsIn(this.#names.topic(topicOf(input))) - this.#doneIn(this.#names.topic(topicOf(input)), subscriptionOf(this.#names, stage, input))
    return this.#plan.stages.reduce((sum, stage) => sum + this.#waiting(stage) + stage.inputs.reduce((all, input) => all + unread(stage, input), 0), 0)
  }

  committed({ state, progress }: Commit): void {
    for (const each of progress) this.#progressed(each)
    const { store } = this.#names
    const counted = new Set<string>()
    for (const { store: of, key, value } of state) {
      if (of === runsStore(this.#plan.pipeline) && key === this.#run && value !== null) this.#noteRound((JSON.parse(value) as RunRecord).round)
      if (of !== store(countersStore) || value === null) continue
      this.#counters.set(key, value)
      counted.add(key.split('/')[0]!)
    }
    for (const name of counted) this.#checkCounters(this.#plan.stages.find(stage => stage.name === name)!)
    for (const { store: of, key, value } of state) {
      if (of === store(endsStore)) this.#checkEnd(key, Number(value))
      if (of === store(barriersStore)) this.#checkBarrier(key)
    }
  }

  #progressed({ topic, partition, subscription, mark, done }: Progress): void {
    const ranges = [[0, mark] as const, ...done]
    const chunks = this.#written.get(topic)?.get(partition)?.chunks ?? []
    const items = chunks.reduce((sum, { offset, count }) => sum + ranges.reduce((within, [from, to]) => within + Math.max(0, Math.min(to, offset + count) - Math.max(from, offset)), 0), 0)
    const key = doneKey(topic, subscription, partition)
    const before = this.#done.get(key) ?? 0
    assert.ok(items >= before, `progress of '${subscription}' in partition ${partition} of '${topic}' went back from ${before} items to ${items}`)
    this.#done.set(key, items)
  }

  #noteRound(round: number): void {
    assert.ok(round >= this.#round, `the run was in round ${this.#round}, and is said to be in round ${round}`)
    this.#round = round
  }

  #checkCounters(stage: StagePlan): void {
    const { name } = stage
    const names = this.#names
    const entries = [...this.#counters].filter(([key]) => key === name || key.startsWith(`${name}/`)).map(([key, value]) => ({ key, value }))
    const sum = countedByStage(entries).get(name)!
    const say = (what: string, counted: number, found: number) => assert.equal(counted, found, `'${name}' counts ${counted} ${what}, and the log holds ${found}: ${JSON.stringify(Object.fromEntries(entries.map(({ key, value }) => [key, value])))}`)
    const dead = names.topic(deadLetterTopic(name))
    say('failed', sum.failed, this.#itemsIn(dead) - this.#doneIn(dead, `${names.scope}/${name}/redrive`))
    say('units that are done, failed or wait', sum.units, sum.done + sum.failed + this.#waiting(stage))
    const output = this.#plan.topics.find(topic => topic.name === stage.output && !topic.isShared && topic.producers.length === 1)
    if (output && this.#written.has(names.topic(output.name))) say('out', sum.out + sum.duplicates, this.#itemsIn(names.topic(output.name)))
    if (stage.inputs.some(({ from }) => from.kind !== 'topic')) return
    say('in', sum.in, stage.inputs.reduce((taken, input) => taken + this.#doneIn(names.topic(topicOf(input)), subscriptionOf(names, stage, input)), 0))
  }

  /** A lane ends when nothing of it is left, and nothing more comes. */
  #checkEnd(key: string, round: number): void {
    const stage = this.#plan.stages.find(({ name }) => key.startsWith(`${name}/`))!
    const lane = Number(key.slice(stage.name.length + 1))
    this.#ended.set(key, round)
    // Who ends while everything is about to be done once more has not heard of it yet: that end does not count.
    if (round < this.#round) return
    assert.equal(this.#waiting(stage, lane), 0, `lane ${lane} of '${stage.name}' has ended, and items of it wait to be tried again`)
    for (const input of stage.inputs) {
      const topic = this.#plan.topics.find(({ name, isShared }) => name === topicOf(input) && !isShared)
      if (input.from.kind !== 'topic' || !topic) continue
      const [name, subscription] = [this.#names.topic(topic.name), subscriptionOf(this.#names, stage, input)]
      const isOfLane = (partition: number) => laneOf(stage, partition, topic.levels) === lane
      // Where shards are fewer than parts, some lanes have nothing to read.
      if ([...this.#written.get(name)!.keys()].some(isOfLane)) for (const producer of topic.producers) assert.ok(this.#hasEnded(producer, round), `lane ${key} has ended round ${round}, and '${producer}' before it has not`)
      assert.equal(this.#itemsIn(name, isOfLane), this.#doneIn(name, subscription, isOfLane), `lane ${key} has ended, and items of '${topic.name}' are left`)
    }
  }

  #checkBarrier(name: string): void {
    const { before, tolerate } = this.#plan.barriers.find(each => each.name === name)!
    assert.equal(tolerate, 0)
    for (const stage of before) {
      assert.ok(this.#hasEnded(stage, 1), `barrier '${name}' has opened, and '${stage}' before it has not ended`)
      const dead = this.#names.topic(deadLetterTopic(stage))
      assert.equal(this.#itemsIn(dead) - this.#doneIn(dead, `${this.#names.scope}/${stage}/redrive`), 0, `barrier '${name}' has opened, and items of '${stage}' before it have failed`)
    }
  }

  #hasEnded(stage: string, round: number): boolean {
    const { lanes } = this.#plan.stages.find(({ name }) => name === stage)!
    return Array.from({ length: lanes }, (_, lane) => this.#ended.get(`${stage}/${lane}`) ?? 0).every(ended => ended >= round)
  }

  #waiting({ name, lanes }: StagePlan, lane?: number): number {
    const isOfLane = (partition: number) => lane === undefined || laneOf({ lanes }, partition, retryDelaysMs.length) === lane
    const topic = this.#names.topic(retryTopic(name))
    return this.#itemsIn(topic, isOfLane) - this.#doneIn(topic, this.#names.subscription(name), isOfLane)
  }

  #itemsIn(topic: string, isMeant: (partition: number) => boolean = () => true): number {
    let sum = 0
    for (const [partition, { items }] of this.#written.get(topic) ?? []) if (isMeant(partition)) sum += items
    return sum
  }

  #doneIn(topic: string, subscription: string, isMeant: (partition: number) => boolean = () => true): number {
    let sum = 0
    for (const partition of this.#written.get(topic)?.keys() ?? []) if (isMeant(partition)) sum += this.#done.get(doneKey(topic, subscription, partition)) ?? 0
    return sum
  }
}

function topicOf({ from }: StagePlan['inputs'][number]): string {
  return from.kind === 'source' ? from.splits : from.topic
}

function doneKey(topic: string, subscription: string, partition: number): string {
  return `${topic}|${subscription}|${partition}`
}
