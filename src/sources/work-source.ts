// The source interface as a source of a pipeline: any server that lists names and gives items by name. The one thing to know: the names are listed once
// per run and each item is read when it is its turn, so one that is gone by then is set aside.
import { OptionError } from '../model/errors.ts'
import { millisecondsOf, type Duration } from '../model/values.ts'
import { nameFault } from '../model/item-name.ts'
import type { Source, SourceContext, SourceItem, Split } from '../source.ts'
import { itemsAtOnceMax } from './chunked-source.ts'
import { checkOptions, checkTexts, checkText } from './options.ts'
import { messageOf, UnreadableItemError } from './source-error.ts'
import { AnswerError } from './work-source-errors.ts'
import { ItemClient, type ItemClientOptions } from './work-source-client.ts'

export interface WorkItem<T = unknown> {
  readonly name: string
  readonly body: T
}

export interface WorkSourceOptions {
  /** Names of hosts that may lead to a loopback, private or link-local address. One given as an address is what it says. Default: none. */
  readonly allow?: readonly string[] | undefined
  /** Of one request. Default 30s. */
  readonly timeout?: Duration | undefined
  /** Requests in all, while the server cannot be reached or is out of order. Default 5. */
  readonly attempts?: number | undefined
  /** Of one item, in bytes. Default 16,000,000. */
  readonly itemBytesMax?: number | undefined
  /** Names in all. Default 10,000,000. */
  readonly namesMax?: number | undefined
  /** Sent as `Authorization: Bearer ...`. Default: BATCHWORK_SOURCE_TOKEN. */
  readonly token?: string | undefined
}

const known = ['allow', 'timeout', 'attempts', 'itemBytesMax', 'namesMax', 'token']
const listBytesMax = 64_000_000
/** Items of one split read from the server at once. */
const readsAhead = 8

/**
 * The items of a work source: `GET /api/v1/items` lists names, `GET /api/v1/items/{name}` gives one. Read by any number of stages, listed once per run.
 * Redirects are not followed. An item that is gone, or is not JSON, becomes a dead letter; a server that stays out of reach stops the run with SourceError.
 * Throws OptionError and SourceError.
 *
 *     flow.source('videos', workSource<Video>('http://localhost:8080'))
 */
export function workSource<T = unknown>(url: string, options: WorkSourceOptions = {}): Source<WorkItem<T>> {
  checkText('workSource: the address', url, "an address such as 'http://localhost:8080'")
  return new WorkSource<T>(url, clientOptions(options))
}

/** With what is left out filled in. Throws OptionError. */
export function clientOptions(options: WorkSourceOptions): ItemClientOptions {
  checkOptions('workSource', options, known)
  const { allow = [], timeout = '30s', attempts = 5, itemBytesMax = 16_000_000, namesMax = 10_000_000, token = process.env['BATCHWORK_SOURCE_TOKEN'] } = options
  if (allow.length > 0) checkTexts('workSource: allow', allow, 'a list of host names, each once')
  for (const [name, value] of Object.entries({ attempts, itemBytesMax, namesMax })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new OptionError(`workSource: ${name}`, value, 'a whole number, at least 1')
  }
  return { allow, timeoutMs: millisecondsOf(timeout, 'workSource: timeout'), attempts, itemBytesMax, namesMax, listBytesMax, token: token === '' ? undefined : token }
}

class WorkSource<T> implements Source<WorkItem<T>> {
  readonly #client: ItemClient

  constructor(url: string, options: ItemClientOptions) {
    this.#client = new ItemClient(url, options)
  }

  async *splits({ signal, log }: SourceContext): AsyncGenerator<Split> {
    this.#client.forgetVersion()
    const seen = new Set<string>()
    let page: string[] = []
    let pages = 0
    for await (const names of this.#client.names(signal)) {
      for (const name of names) {
        const fault = nameFault(name)
        if (fault) log.warn(`a name of the work source is passed over: ${fault}`)
        else if (!seen.has(name as string)) page.push(name as string)
        seen.add(name as string)
        if (page.length < itemsAtOnceMax) continue
        yield { id: `names-${pages++}`, data: page }
        page = []
      }
    }
    if (page.length > 0) yield { id: `names-${pages}`, data: page }
  }

  sizeOf(split: Split, position?: unknown): number {
    return (position as number | undefined) ?? (split.data as readonly string[]).length
  }

  async *read(split: Split, from: unknown, { signal }: SourceContext): AsyncGenerator<SourceItem<WorkItem<T>>> {
    const names = split.data as readonly string[]
    const ahead: Promise<SourceItem<WorkItem<T>>>[] = []
    for (let next = (from ?? 0) as number; next < names.length || ahead.length > 0;) {
      while (ahead.length < readsAhead && next < names.length) {
        const item = this.#item(names[next]!, ++next, signal)
        item.catch(() => {}) // It is awaited in its turn.
        ahead.push(item)
      }
      yield await ahead.shift()!
    }
  }

  async #item(name: string, position: number, signal: AbortSignal): Promise<SourceItem<WorkItem<T>>> {
    const origin = `${this.#client.description} ${name}`
    try {
      const found = await this.#client.item(name, signal)
      if (found) return { item: { name, body: found.data as T }, position, origin }
      return { item: { name, body: undefined as T }, position, origin, error: new UnreadableItemError(`the item '${name}' was listed and is gone`) }
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error
      return { item: { name, body: undefined as T }, position, origin, error: new UnreadableItemError(messageOf(error), { cause: error }) }
    }
  }
}
