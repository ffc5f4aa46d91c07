// What stays though every stage has read it: outcome records for `trace`, and users' topics with `keepFor`. Each is held by a subscription of
// its own, whose mark is moved on here; so any engine keeps them without knowing why.
import type { Clock, Timer } from '../clock.ts'
import type { Log, Progress, TopicInfo } from '../log.ts'
import { dateAt } from '../model/time.ts'
import { millisecondsOf, type Duration } from '../model/values.ts'
import type { Plan } from '../plan/plan.ts'
import { keepingSubscription, outcomesTopic, type RunNames } from './names.ts'
import type { Place } from './ownership.ts'
import { offsetAt } from './positions.ts'

export interface Retained {
  readonly topic: string
  /** The newest so many items, or what is younger than this. Neither: for ever. */
  readonly newest?: number | undefined
  readonly forMs?: number | undefined
}

const everyMs = 60_000

export class Retention {
  readonly #place: () => Place
  readonly #clock: Clock
  readonly #retained: readonly Retained[]
  #timer: Timer | undefined
  #isStopped = false

  constructor(place: () => Place, clock: Clock, retained: readonly Retained[]) {
    this.#place = place
    this.#clock = clock
    this.#retained = retained.filter(({ newest, forMs }) => newest !== undefined || forMs !== undefined)
  }

  start(onError: (error: unknown) => void): void {
    if (this.#retained.length === 0 || this.#isStopped) return
    this.#timer = this.#clock.after(everyMs, () => {
      this.#moveOn().then(() => this.start(onError), onError)
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  async #moveOn(): Promise<void> {
    const { log } = this.#place()
    const topics = await log.topics()
    const progress = (await Promise.all(this.#retained.map(retained => this.#marksOf(log, topics, retained)))).flat()
    if (progress.length > 0) await log.commit({ epoch: this.#place().epoch, appends: [], progress, state: [] })
  }

  async #marksOf(log: Log, topics: readonly TopicInfo[], { topic: name, newest, forMs }: Retained): Promise<readonly Progress[]> {
    const topic = topics.find(each => each.name === name)
    if (!topic) return []
    const markOf = async (partition: number, { start, end }: TopicInfo['extents'][number]) =>
      newest === undefined ? offsetAt(log, topic, partition, { time: dateAt(this.#clock.now() - forMs!) }) : Math.max(start, end - newest * (log.offsetsPerChunk ?? 1))
    const marks = await Promise.all(topic.extents.map((extent, partition) => markOf(partition, extent)))
    return marks.map((mark, partition) => ({ subscription: keepingSubscription(name), topic: name, partition, mark, done: [] }))
  }
}

/** Outcome records of a pipeline that never ends: `trace` tells of the newest. */
const outcomesKept = 100_000

export function retainedIn(plan: Plan, names: RunNames, isEndless: boolean): readonly Retained[] {
  const shared = plan.topics.filter(({ keepFor }) => keepFor !== undefined && keepFor !== 'always')
  return [
    ...(isEndless ? [{ topic: names.topic(outcomesTopic), newest: outcomesKept }] : []),
    ...shared.map(({ name, keepFor }) => ({ topic: names.topic(name), forMs: millisecondsOf(keepFor as Duration, `keepFor of topic '${name}'`) })),
  ]
}
