// What must hold after every single commit of a run, whatever goes wrong in it: looked at as each becomes durable.
import type { Append, Appended, Commit, PartitionId, Progress, TopicSpec } from '../log.ts'
import type { StoreObserver } from '../logs/memory/options.ts'
import { BatchworkError } from '../model/errors.ts'
import { decodeItems } from '../model/items.ts'
import { exceeds } from '../model/values.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import { retryDelaysMs } from '../plan/topics.ts'
import { addCounters, noCounters, totalOf, type Counters } from '../runtime/counts.ts'
import { deadLetterTopic, namesOf, partitionsOf, retryTopic, subscriptionOf, type RunNames } from '../runtime/names.ts'
import { redrivenKey } from '../runtime/run-state.ts'
import { retryPolicyOf } from '../policies/retry.ts'
import { runIn } from './coverage.ts'
import { Recount } from './recount.ts'

/** A promise was broken: a defect of Batchwork, not of the pipeline. */
export class InvariantError extends BatchworkError {
  constructor(invariant: string, message: string) {
    super(`INVARIANT_${invariant}`, message)
  }
}

interface Watched {
  readonly plan: Plan
  readonly names: RunNames
}

const sinkAttempts = 8
/** Of a pipeline that never ends. */
const endlessRun = 0

export class Invariants implements StoreObserver {
  readonly #recount = new Recount()
  readonly #plan: () => Plan
  /** What stages had taken of users' topics when the run began, by subscription and topic: earlier runs took it. */
  readonly #takenBefore = new Map<string, number>()
  /** Where users' topics ended when the run began, until it says how much of them it takes. */
  readonly #endsBefore = new Map<string, readonly number[]>()
  #known: Watched | undefined
  #run: number | undefined
  #epoch = 0
  #commits = 0

  /** `plan`: as it is now, for an upgrade changes it. */
  constructor(plan: () => Plan) {
    this.#plan = plan
  }

  /** Commits looked at. */
  get commits(): number {
    return this.#commits
  }

  /** Items in topics that stages of the run have not done with. */
  get left(): number {
    const { plan, names } = this.#watched()
    const unread = (stage: StagePlan) => stage.inputs.filter(({ from }) => from.kind !== 'source').reduce((sum, input) => sum +
      this.#sum(names.topic(topicOf(input)), this.#partitions(topicOf(input)), id => this.#recount.items(id) - this.#recount.done(subscriptionOf(names, stage, input), id)), 0)
    return plan.stages.reduce((sum, stage) => sum + unread(stage) + this.#waitingToBeTriedAgain(stage), 0)
  }

  epochGiven(epoch: number): void {
    check(epoch >= this.#epoch, 'EPOCH', () => `epoch ${epoch} was given after epoch ${this.#epoch}`)
    this.#epoch = epoch
  }

  created({ name, subscriptions }: TopicSpec): void {
    this.#recount.created(name, subscriptions)
  }

  deleted(topic: string): void {
    this.#recount.deleted(topic)
  }

  appended(append: Append, appended: Appended): void {
    const { topic, partition, chunk } = append
    const end = this.#recount.endOf(append)
    check(appended.offset === end && appended.next === end + chunk.count - appended.duplicates.length, 'OFFSETS', () =>
      `${chunk.count} items were appended to partition ${partition} of '${topic}' at ${appended.offset} to ${appended.next}; the partition ended at ${end}`)
    this.#recount.appended(append, appended)
  }

  committed(commit: Commit, appended: readonly Appended[]): void {
    this.#commits++
    check(commit.epoch === this.#epoch, 'EPOCH', () => `a commit of epoch ${commit.epoch} was taken though epoch ${this.#epoch} had been given`)
    this.#noteRun(commit)
    commit.appends.forEach((append, index) => this.appended(append, appended[index]!))
    for (const progress of commit.progress) this.#progressed(progress)
    this.#recount.changed(commit.state)
    this.#checkAttempts(commit)
    this.#checkStages(commit)
  }

  trimmed(id: PartitionId, start: number): void {
    for (const subscription of this.#recount.subscriptionsOf(id.topic)) {
      const { mark, done } = this.#recount.progressOf(subscription, id)
      check(covers(mark, done, this.#recount.startOf(id), start), 'TRIM', () => `partition ${id.partition} of '${id.topic}' was trimmed up to ${start}, and '${subscription}' is at ${mark}`)
    }
    this.#recount.trimmed(id, start)
  }

  #progressed(progress: Progress): void {
    const { subscription, mark, done, partition, topic } = progress
    const before = this.#recount.progressOf(subscription, progress)
    const isKept = mark >= before.mark && before.done.every(([from, to]) => covers(mark, done, from, to))
    check(isKept, 'PROGRESS', () => `progress of '${subscription}' in partition ${partition} of '${topic}' went back: ${JSON.stringify(before)} became ${JSON.stringify({ mark, done })}`)
    const last = Math.max(mark, done.at(-1)?.[1] ?? 0)
    check(last <= this.#recount.endOf(progress), 'PROGRESS', () => `progress of '${subscription}' is at ${last}, and partition ${partition} of '${topic}' ends at ${this.#recount.endOf(progress)}`)
    this.#recount.progressed(progress)
  }

  #checkAttempts({ appends }: Commit): void {
    const { plan, names } = this.#watched()
    for (const { topic, chunk } of appends) {
      const stage = topic.endsWith('/retry') || topic.endsWith('/dead-letters') ? plan.stages.find(({ name }) => [retryTopic(name), deadLetterTopic(name)].some(each => names.topic(each) === topic)) : undefined
      if (!stage || chunk.count === 0) continue
      const { retries } = decodeItems({ ...chunk, topic, partition: 0, offset: 0, next: chunk.count, at: 0 })
      const max = attemptsOf(stage)
      for (const state of retries ?? []) check(state.attempts <= max, 'ATTEMPTS', () => `an item of '${stage.name}' has ${state.attempts} attempts behind it, of at most ${max}`)
    }
  }

  #checkStages({ state }: Commit): void {
    const { plan, names } = this.#watched()
    for (const { store, key, value } of state) {
      if (store === names.store('until')) this.#checkUntil(key, JSON.parse(value!) as readonly number[])
      if (store === names.store('counters') && value !== null) {
        const stage = plan.stages.find(({ name }) => name === key || redrivenKey(name) === key)
        if (stage) this.#checkCounters(stage, this.#countersOf(stage.name))
      }
      if (store === names.store('ends')) this.#checkEnd(key)
      if (store === names.store('barriers')) this.#checkBarrier(key)
    }
  }

  /** What the stage has counted, with what was sent back. */
  #countersOf(stage: string): Counters {
    const store = this.#watched().names.store('counters')
    const counters = noCounters()
    for (const key of [stage, redrivenKey(stage)]) addCounters(counters, JSON.parse(this.#recount.state(store, key) ?? '{}') as Partial<Counters>)
    return counters
  }

  #checkCounters(stage: StagePlan, counters: Counters): void {
    const { names, plan } = this.#watched()
    const dead = this.#sum(names.topic(deadLetterTopic(stage.name)), stage.lanes, id => this.#recount.items(id) - this.#recount.done(`${names.scope}/${stage.name}/redrive`, id))
    const waiting = this.#waitingToBeTriedAgain(stage)
    const say = (what: string, counted: number, found: number) => () => `'${stage.name}' counts ${counted} ${what}, and the log holds ${found}: ${JSON.stringify(counters)}`
    check(counters.failed === dead, 'COUNTERS', say('failed', counters.failed, dead))
    check(counters.units === counters.done + counters.failed + waiting, 'COUNTERS', say('units that are done, failed or wait', counters.units, counters.done + counters.failed + waiting))
    const output = plan.topics.find(({ name, isShared, producers }) => name === stage.output && !isShared && producers.length === 1)
    if (output && this.#recount.subscriptionsOf(names.topic(output.name)).size > 0) {
      const out = this.#sum(names.topic(output.name), partitionsOf(output), id => this.#recount.items(id))
      // Which ids were there already is known after the commit: until the next one they count as given out.
      const dropped = this.#sum(names.topic(output.name), partitionsOf(output), id => this.#recount.dropped(id))
      check(counters.out + counters.duplicates === out + dropped, 'COUNTERS', say('out', counters.out + counters.duplicates, out + dropped))
      check(counters.duplicates <= dropped, 'COUNTERS', say('duplicates', counters.duplicates, dropped))
    }
    if (stage.inputs.some(({ from }) => from.kind !== 'topic')) return
    const taken = stage.inputs.reduce((sum, input) => sum + this.#taken(stage, input) - (this.#takenBefore.get(`${subscriptionOf(names, stage, input)}|${topicOf(input)}`) ?? 0), 0)
    check(counters.in === taken, 'COUNTERS', say('in', counters.in, taken))
  }

  /** A run takes of a user's topic what was there when it began, and says so once. */
  #checkUntil(topic: string, ends: readonly number[]): void {
    const first = this.#endsBefore.get(topic)
    check(first !== undefined, 'UNTIL', () => `run ${this.#run} has said anew how much of '${topic}' it takes`)
    this.#endsBefore.delete(topic)
    ends.forEach((end, partition) => check(end >= first![partition]! && end <= this.#recount.endOf({ topic, partition }), 'UNTIL', () =>
      `run ${this.#run} takes partition ${partition} of '${topic}' up to ${end}, which ended at ${first![partition]} when it began and ends at ${this.#recount.endOf({ topic, partition })} now`))
  }

  /** A lane ends when it has nothing left: nothing to be read, nothing to be tried again. */
  #checkEnd(key: string): void {
    const { plan, names } = this.#watched()
    const stage = plan.stages.find(({ name }) => key.startsWith(`${name}/`) && /^\d+$/.test(key.slice(name.length + 1)))
    if (!stage) return
    const lane = Number(key.slice(stage.name.length + 1))
    const left = (topic: string, partitions: number, levels: number, subscription: string) => this.#sum(names.topic(topic), partitions, id =>
      (Math.floor(id.partition / levels) % stage.lanes === lane ? this.#recount.items(id) - this.#recount.done(subscription, id) : 0))
    const waiting = left(retryTopic(stage.name), stage.lanes * retryDelaysMs.length, retryDelaysMs.length, names.subscription(stage.name))
    check(waiting === 0, 'END', () => `lane ${lane} of '${stage.name}' has ended, and ${waiting} of its items wait to be tried again`)
    for (const input of stage.inputs) {
      const topic = plan.topics.find(({ name }) => name === topicOf(input))
      if (input.from.kind !== 'topic' || topic!.isShared) continue
      const unread = left(topic!.name, partitionsOf(topic!), topic!.levels, subscriptionOf(names, stage, input))
      check(unread === 0, 'END', () => `lane ${lane} of '${stage.name}' has ended, and ${unread} items of '${topic!.name}' are left`)
    }
  }

  #checkBarrier(name: string): void {
    const { plan, names } = this.#watched()
    const barrier = plan.barriers.find(each => each.name === name)
    if (!barrier) return
    const counters = barrier.before.map(stage => this.#countersOf(stage))
    const failed = counters.reduce((sum, each) => sum + each.failed, 0)
    check(!exceeds(barrier.tolerate, failed, totalOf(counters)), 'BARRIER', () => `barrier '${name}' has opened, and ${failed} failed before it; it tolerates ${barrier.tolerate}`)
    for (const stage of barrier.before) {
      const lanes = plan.stages.find(each => each.name === stage)!.lanes
      for (let lane = 0; lane < lanes; lane++) check(this.#recount.state(names.store('ends'), `${stage}/${lane}`) !== undefined, 'BARRIER', () => `barrier '${name}' has opened, and '${stage}' before it has not ended`)
    }
  }

  /** The first that is heard of a run is its record. */
  #noteRun({ state }: Commit): void {
    const number = runIn(state)?.number
    if (number === undefined || number === this.#run) return
    this.#run = number
    this.#known = undefined
    const { plan, names } = this.#watched()
    for (const topic of plan.topics.filter(({ isShared }) => isShared)) this.#endsBefore.set(topic.name, Array.from({ length: partitionsOf(topic) }, (_, partition) => this.#recount.endOf({ topic: topic.name, partition })))
    for (const stage of plan.stages) {
      for (const input of stage.inputs) if (input.from.kind === 'topic') this.#takenBefore.set(`${subscriptionOf(names, stage, input)}|${topicOf(input)}`, this.#taken(stage, input))
    }
  }

  #watched(): Watched {
    const plan = this.#plan()
    const run = this.#run ?? 1
    if (this.#known?.plan !== plan) this.#known = { plan, names: namesOf(plan, run === endlessRun ? plan.pipeline : `${plan.pipeline}/${run}`) }
    return this.#known
  }

  #taken(stage: StagePlan, input: StagePlan['inputs'][number]): number {
    const { names } = this.#watched()
    return this.#sum(names.topic(topicOf(input)), this.#partitions(topicOf(input)), id => this.#recount.done(subscriptionOf(names, stage, input), id))
  }

  #waitingToBeTriedAgain({ name, lanes }: StagePlan): number {
    const { names } = this.#watched()
    return this.#sum(names.topic(retryTopic(name)), lanes * retryDelaysMs.length, id => this.#recount.items(id) - this.#recount.done(names.subscription(name), id))
  }

  #partitions(topic: string): number {
    return partitionsOf(this.#watched().plan.topics.find(({ name }) => name === topic)!)
  }

  #sum(topic: string, partitions: number, count: (id: PartitionId) => number): number {
    let sum = 0
    for (let partition = 0; partition < partitions; partition++) sum += count({ topic, partition })
    return sum
  }
}

function attemptsOf(stage: StagePlan): number {
  if (stage.kind === 'work') return retryPolicyOf(stage.settings).attempts
  return stage.kind === 'sink' ? sinkAttempts : 1
}

function topicOf({ from }: StagePlan['inputs'][number]): string {
  return (from as { readonly topic: string }).topic
}

function covers(mark: number, done: Progress['done'], from: number, to: number): boolean {
  const rest = Math.max(mark, from)
  return rest >= to || done.some(([first, last]) => first <= rest && last >= to)
}

function check(holds: boolean, invariant: string, message: () => string): void {
  if (!holds) throw new InvariantError(invariant, message())
}
