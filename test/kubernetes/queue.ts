// A work queue on a cluster for tests: items from a list, the executor, and a wait for the counts to say so.
import { kubernetesExecutor } from '../../src/queue/kubernetes/kubernetes-executor.ts'
import type { KubernetesQueueOptions } from '../../src/queue/kubernetes/kubernetes-options.ts'
import type { ItemSource, ListedItem } from '../../src/queue/item-source.ts'
import type { QueueCounts, QueueExecutor } from '../../src/queue/queue-executor.ts'

export const image = 'example.org/worker:1'

export function numbered(count: number, first = 0): readonly ListedItem[] {
  return Array.from({ length: count }, (_, index) => ({ name: `item-${first + index}`, data: { number: first + index } }))
}

export function listed(items: readonly ListedItem[]): ItemSource {
  const data = new Map(items.map(item => [item.name, item.data]))
  return {
    description: 'a list',
    isSpent: true,
    async *list() { yield items },
    read: async name => data.get(name),
    close: async () => {},
  }
}

export class TestQueue {
  readonly executor: QueueExecutor
  readonly messages: string[] = []
  readonly errors: unknown[] = []
  readonly source: ItemSource
  #waiting: { readonly isEnough: (counts: QueueCounts) => boolean; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  #heard: { readonly text: string; readonly resolve: () => void }[] = []

  private constructor(executor: QueueExecutor, source: ItemSource) {
    this.executor = executor
    this.source = source
  }

  static async open(kubeconfig: string, items: readonly ListedItem[], options: Partial<KubernetesQueueOptions> = {}): Promise<TestQueue> {
    process.env['KUBECONFIG'] = kubeconfig
    const executor = await kubernetesExecutor({ name: 'queue', image, workers: [{ command: 'true' }], parallelism: 10, attempts: 3, environment: {}, leaseSeconds: 2, ...options })
    return new TestQueue(executor, listed(items))
  }

  async start(): Promise<void> {
    await this.executor.start({
      source: this.source,
      onMessage: ({ message }) => {
        this.messages.push(message)
        for (const { text, resolve } of this.#heard) if (message.includes(text)) resolve()
      },
      onChange: () => this.#check(),
      onError: error => {
        this.errors.push(error)
        for (const { reject } of this.#waiting) reject(error)
      },
    })
  }

  /** Lists once, as the manager does. */
  async takeAll(): Promise<void> {
    const signal = new AbortController().signal
    for await (const items of this.source.list(signal)) {
      for (let from = 0; from < items.length; from += 1000) {
        const page = items.slice(from, from + 1000)
        const known = await this.executor.known(page.map(({ name }) => name))
        const fresh = page.filter(({ name }) => !known.has(name))
        if (fresh.length > 0) await this.executor.take(fresh)
      }
    }
  }

  async until(isEnough: (counts: QueueCounts) => boolean): Promise<void> {
    if (isEnough(this.executor.counts)) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ isEnough, resolve, reject })
    await promise
  }

  async settled(count: number): Promise<void> {
    await this.until(({ done, failed }) => done + failed === count)
  }

  async hears(text: string): Promise<void> {
    if (this.messages.some(message => message.includes(text))) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#heard.push({ text, resolve })
    await promise
  }

  async failures(): Promise<Record<string, string>> {
    const found: Record<string, string> = {}
    for await (const { name, reason, message, attempts } of this.executor.failures()) found[name] = `${reason} after ${attempts}${message ? `: ${message}` : ''}`
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.executor.close(1000)
  }

  #check(): void {
    this.#waiting = this.#waiting.filter(({ isEnough, resolve }) => {
      if (!isEnough(this.executor.counts)) return true
      resolve()
      return false
    })
  }
}
