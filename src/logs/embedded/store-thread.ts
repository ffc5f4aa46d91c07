// The thread that owns the SQLite connection, so that the user's event loop never waits for the disk. It takes every request that has
// arrived, answers the reads, then makes one transaction of all the changes and answers those after it is synced.
import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { Append, Commit, PartitionId, Progress, ReadLimits, TopicSpec } from '../../log.ts'
import { FencedError } from '../../model/errors.ts'
import { StoreLock } from './lock.ts'
import { toMessage, type Answer, type Method, type Request, type StoreThreadData } from './protocol.ts'
import { openStore, type Store } from './store.ts'
import { Bell, Ringer } from './wake.ts'

const pollMs = 100
const trimEveryMs = 100
const requestsPerGroup = 256

type Methods = Partial<Record<Method, (...parameters: readonly any[]) => unknown>>

class StoreThread {
  readonly #port: MessagePort
  readonly #folder: string
  readonly #store: Store
  readonly #ringer: Ringer
  readonly #ends = new Map<number, number>()
  readonly #trimAt = new Map<string, number>()
  #lock: StoreLock | undefined
  #members = 0
  #epoch = 0
  #bell: Bell | undefined
  #poll: NodeJS.Timeout | undefined
  #dataVersion = 0

  constructor(port: MessagePort, { folder, durability }: StoreThreadData) {
    this.#port = port
    this.#folder = folder
    this.#store = openStore(folder, { durability })
    this.#ringer = new Ringer(folder)
    port.on('message', (request: Request) => this.#serve([request, ...this.#waiting()]))
  }

  #waiting(): Request[] {
    const requests: Request[] = []
    while (requests.length < requestsPerGroup) {
      const received = receiveMessageOnPort(this.#port)
      if (!received) break
      requests.push(received.message as Request)
    }
    return requests
  }

  #serve(requests: readonly Request[]): void {
    const changes = requests.filter(({ method }) => method in this.#changes)
    const watches = requests.filter(({ method }) => method in this.#watches)
    const reads = requests.filter(({ method }) => method in this.#reads)
    const others = requests.filter(({ method }) => method in this.#others)
    // Before the reads: of what they miss, who asked for them wants to be told.
    if (watches.length > 0) this.#answer(watches.map(request => this.#attempt(request, this.#watches, watch => watch())), [])
    if (reads.length > 0) this.#answer(reads.map(request => this.#attempt(request, this.#reads, read => this.#store.snapshot(read))), [])
    if (changes.length > 0) this.#change(changes)
    if (others.length > 0) this.#answer(others.map(request => this.#attempt(request, this.#others, act => act())), [])
  }

  #attempt({ number, method, parameters }: Request, methods: Methods, run: (act: () => unknown) => unknown): Answer {
    try {
      return { number, value: run(() => methods[method]!(...parameters)) }
    } catch (error) {
      return { number, error: toMessage(this.#store.explained(error)) }
    }
  }

  #change(requests: readonly Request[]): void {
    const appended: PartitionId[] = []
    const trims: PartitionId[] = []
    const members = this.#members
    try {
      const results = this.#store.group([
        ...requests.map(({ method, parameters }) => () => this.#changes[method]!(parameters, appended, trims)),
        () => this.#trim(trims),
      ])
      this.#answer(requests.map(({ number }, index) => answerOf(number, results[index]!)), appended)
    } catch (error) {
      // Nothing of it happened: an epoch that was raised in it is not this process's.
      this.#members = members
      if (members === 0) this.#release()
      this.#answer(requests.map(({ number }) => ({ number, error: toMessage(error) })), [])
    }
    if (!this.#lock && appended.length > 0) this.#ringer.ring()
  }

  #answer(answers: readonly Answer[], appended: readonly PartitionId[]): void {
    this.#port.postMessage({ answers, appended })
  }

  readonly #changes: Partial<Record<Method, (parameters: readonly any[], appended: PartitionId[], trims: PartitionId[]) => unknown>> = {
    append: ([append]: readonly Append[], appended) => {
      appended.push({ topic: append!.topic, partition: append!.partition })
      return this.#store.append(append!, Date.now())
    },
    commit: ([commit]: readonly Commit[], appended, trims) => {
      if (!this.#lock) throw new FencedError(commit!.epoch, this.#store.epoch)
      const results = this.#store.commit(commit!, Date.now())
      appended.push(...commit!.appends.map(({ topic, partition }) => ({ topic, partition })))
      trims.push(...commit!.progress.map(({ topic, partition }: Progress) => ({ topic, partition })))
      return results
    },
    createTopics: ([topics]: readonly (readonly TopicSpec[])[]) => this.#store.createTopics(topics!),
    deleteTopics: ([names]: readonly (readonly string[])[]) => this.#store.deleteTopics(names!),
    deleteStores: ([names]: readonly (readonly string[])[]) => names!.forEach(name => this.#store.state.delete(name)),
    join: () => {
      if (!this.#lock) this.#own()
      this.#members++
      return this.#epoch
    },
  }

  readonly #reads: Methods = {
    topics: () => this.#store.topics(),
    read: (partition: PartitionId, from: number, limits?: ReadLimits) => this.#store.chunks.read(partition, from, limits),
    progress: (subscription: string) => this.#store.progress.list(subscription),
    get: (store: string, keys: readonly string[]) => this.#store.state.get(store, keys),
    scan: (store: string, after: string | undefined, limit: number) => this.#store.state.scan(store, after, limit),
  }

  readonly #watches: Methods = {
    watch: (on: boolean) => this.#watch(on),
  }

  /** Carried out after the changes that were asked for before. */
  readonly #others: Methods = {
    leave: () => this.#leave(),
    close: () => this.#close(),
  }

  /** Each partition at most every 100 ms: what is consumed may stay that much longer. */
  #trim(partitions: readonly PartitionId[]): void {
    const now = performance.now()
    for (const { topic, partition } of partitions) {
      const key = `${topic}:${partition}`
      if (now < (this.#trimAt.get(key) ?? 0)) continue
      this.#trimAt.set(key, now + trimEveryMs)
      this.#store.trim(topic, partition)
    }
  }

  #watch(on: boolean): void {
    clearInterval(this.#poll)
    if (!on) return
    this.#dataVersion = this.#store.dataVersion
    for (const { number, next } of this.#store.partitions.all()) this.#ends.set(number, next)
    this.#poll = setInterval(() => this.#look(), pollMs)
  }

  /** Tells of what other processes appended. */
  #look(): void {
    const dataVersion = this.#store.dataVersion
    if (dataVersion === this.#dataVersion) return
    this.#dataVersion = dataVersion
    const grown = this.#store.partitions.all().filter(({ number, next }) => next > (this.#ends.get(number) ?? 0))
    for (const { number, next } of grown) this.#ends.set(number, next)
    this.#answer([], grown.map(({ topic, partition }) => ({ topic, partition })))
  }

  /** Several members of one process share its ownership and its epoch. */
  #own(): void {
    this.#lock = StoreLock.acquire(this.#folder)
    try {
      this.#epoch = this.#store.raiseEpoch()
    } catch (error) {
      this.#release()
      throw error
    }
    this.#bell = new Bell(this.#folder, () => this.#look())
  }

  #leave(): void {
    if (--this.#members <= 0) this.#release()
  }

  #release(): void {
    this.#members = 0
    this.#bell?.close()
    this.#lock?.release()
    this.#bell = this.#lock = undefined
  }

  #close(): void {
    clearInterval(this.#poll)
    this.#release()
    this.#ringer.close()
    this.#store.close()
    this.#port.close()
  }
}

function answerOf(number: number, result: { readonly value: unknown } | { readonly error: unknown }): Answer {
  return 'error' in result ? { number, error: toMessage(result.error) } : { number, value: result.value }
}

function serve(port: MessagePort, data: StoreThreadData): StoreThread {
  return new StoreThread(port, data)
}

/** Which store it is for is said first. */
parentPort!.once('message', (data: StoreThreadData) => {
  try {
    serve(parentPort!, data)
    parentPort!.postMessage({ answers: [{ number: 0 }], appended: [] })
  } catch (error) {
    parentPort!.postMessage({ answers: [{ number: 0, error: toMessage(error) }], appended: [] })
    parentPort!.close()
  }
})
