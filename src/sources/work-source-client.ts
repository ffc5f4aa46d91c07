// The reading side of the source interface: GET /api/v1/items lists names, GET /api/v1/items/{name} gives one item. Paging and conditional requests are
// used where the server knows them; one that does not ignores what it is sent.
import { setTimeout as wait } from 'node:timers/promises'
import { checkedLookup, checkLiteral } from './work-source-address.ts'
import { readItem, readItemList, type ItemList } from './work-source-documents.ts'
import { get, makeAgents, type Answer, type RequestSettings } from './work-source-requests.ts'
import { SourceError } from './source-error.ts'
import { UnreachableError } from './work-source-errors.ts'

export interface ItemClientOptions {
  /** Hosts that may lead to a private address. */
  readonly allow: readonly string[]
  /** Of one item's answer, in bytes. */
  readonly itemBytesMax: number
  /** Of one answer that lists names, in bytes. */
  readonly listBytesMax: number
  readonly namesMax: number
  /** Of one request. */
  readonly timeoutMs: number
  /** Requests in all, while the server is out of reach or out of order. */
  readonly attempts: number
  readonly token?: string | undefined
}

const pageSize = 1_000
const firstDelayMs = 200
const delayMsMax = 10_000

/** Names as the server gave them: unchecked, a page at a time. */
export type NamesPage = readonly unknown[]

export class ItemClient {
  /** The address, without a password. */
  readonly description: string
  readonly #items: string
  readonly #options: ItemClientOptions
  readonly #settings: RequestSettings
  /** Of the list as it was last read to its end. */
  #tag: string | undefined

  /** Throws SourceError for an address that cannot be one. */
  constructor(address: string, options: ItemClientOptions) {
    const url = addressOf(address)
    const allowed = new Set(options.allow)
    checkLiteral(url.hostname, allowed)
    this.#items = `${url.href.replace(/\/+$/, '').replace(/\/api\/v1(\/items)?$/, '')}/api/v1/items`
    this.description = this.#items.replace(/\/api\/v1\/items$/, '')
    this.#options = options
    this.#settings = { lookup: checkedLookup(allowed), agents: makeAgents(), timeoutMs: options.timeoutMs, token: options.token }
  }

  /** Gives nothing where the list is as it was when it was last read to its end. */
  async *names(signal: AbortSignal): AsyncGenerator<NamesPage> {
    let token: string | undefined
    let listed = 0
    let firstTag: string | undefined
    let pages = 0
    for (;;) {
      const url = new URL(`${this.#items}?limit=${pageSize}${token === undefined ? '' : `&continue=${encodeURIComponent(token)}`}`)
      const answer = await this.#get(url, token === undefined && this.#tag !== undefined ? { 'if-none-match': this.#tag } : {}, this.#options.listBytesMax, signal)
      if (answer.status === 304) return
      const list = readItemList(answer.body, url.href)
      if (pages++ === 0) firstTag = wholeTag(answer, list)
      listed += list.items.length
      if (listed > this.#options.namesMax) throw new SourceError(`${this.#items} lists more than ${this.#options.namesMax} names; let it list only what is still to be done, or raise the limit`)
      if (list.items.length > 0) yield list.items
      if (list.next === undefined) break
      if (list.next === token || list.items.length === 0) throw new SourceError(`${this.#items} gives a list that does not end: it continues where it began, or with nothing`)
      token = list.next
    }
    this.#tag = firstTag
  }

  /** The item's data; undefined where there is none of that name. */
  async item(name: string, signal: AbortSignal): Promise<{ readonly data: unknown } | undefined> {
    const url = new URL(`${this.#items}/${encodeURIComponent(name)}`)
    const answer = await this.#get(url, {}, this.#options.itemBytesMax, signal)
    return answer.status === 404 || answer.status === 410 ? undefined : { data: readItem(answer.body, url.href) }
  }

  /** What was listed is listed again. */
  forgetVersion(): void {
    this.#tag = undefined
  }

  close(): void {
    for (const agent of Object.values(this.#settings.agents)) agent.destroy()
  }

  async #get(url: URL, headers: Readonly<Record<string, string>>, bytesMax: number, signal: AbortSignal): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return checked(await get(url, headers, bytesMax, signal, this.#settings), url)
      } catch (error) {
        if (!(error instanceof UnreachableError) || attempt >= this.#options.attempts) throw error
        const delayMs = error instanceof BusyError && error.afterMs !== undefined ? error.afterMs : firstDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
        await wait(Math.min(delayMsMax, delayMs), undefined, { signal })
      }
    }
  }
}

class BusyError extends UnreachableError {
  /** As the server asked. */
  readonly afterMs: number | undefined
  constructor(message: string, afterMs: number | undefined) {
    super(message)
    this.afterMs = afterMs
  }
}

function checked(answer: Answer, url: URL): Answer {
  const { status, headers } = answer
  const isMissing = (status === 404 || status === 410) && !isList(url)
  if (status === 200 || status === 304 || isMissing) return answer
  const message = `${url.href} answers with status ${status}: ${whatNow(status, headers.location)}`
  throw status === 429 || status >= 500 ? new BusyError(message, retryAfterMs(answer)) : new SourceError(message)
}

function isList(url: URL): boolean {
  return url.search !== ''
}

/** A tag counts where it is the whole list's: of a list in one piece, or of pages that name the version they belong to. */
function wholeTag({ headers: { etag } }: Answer, { next, version }: ItemList): string | undefined {
  return next === undefined || (version !== undefined && etag?.replace(/^W\//, '') === `"${version}"`) ? etag : undefined
}

function retryAfterMs({ headers }: Answer): number | undefined {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined
}

function whatNow(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400) return `redirects are not followed; give the address itself${location === undefined ? '' : `, if it is meant: ${location.slice(0, 200)}`}`
  if (status === 401 || status === 403) return 'it wants a token, or another one (BATCHWORK_SOURCE_TOKEN)'
  if (status === 404) return 'there is no work source; give the address without /api/v1/items'
  return status === 429 || status >= 500 ? 'it is overloaded or out of order; it was tried several times' : 'a work source answers with 200'
}

function addressOf(address: string): URL {
  const url = URL.parse(address)
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new SourceError(`work source '${address}' is not an address; expected one such as 'http://localhost:8080'`)
  if (url.username !== '' || url.password !== '') throw new SourceError('work source: a password in the address would be seen by others; give a token in BATCHWORK_SOURCE_TOKEN')
  if (url.search !== '' || url.hash !== '') throw new SourceError(`work source '${address}' has a query or a fragment; give the address before '/api/v1/items' alone`)
  return url
}
