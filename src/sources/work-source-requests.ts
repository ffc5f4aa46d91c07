// One GET of a work source: bounded in bytes and time, to a checked address, without following redirects.
import { once } from 'node:events'
import type * as http from 'node:http'
import type * as https from 'node:https'
import type { LookupFunction } from 'node:net'
import { messageOf, SourceError } from './source-error.ts'
import { AnswerError, UnreachableError } from './work-source-errors.ts'

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface RequestSettings {
  readonly lookup: LookupFunction
  readonly agents: Agents
  readonly timeoutMs: number
  readonly token: string | undefined
}

export interface Agents {
  readonly 'http:': http.Agent
  readonly 'https:': https.Agent
}

/** Connections kept to one server. */
const socketsMax = 64

/** Not imported: an import reads every export, of which one loads undici, 30 ms of CPU in every process and thread that makes a pipeline. */
const loaded = { get http() { return process.getBuiltinModule('node:http') }, get https() { return process.getBuiltinModule('node:https') } }

export function makeAgents(): Agents {
  const options = { keepAlive: true, maxSockets: socketsMax, maxFreeSockets: 8, timeout: 60_000 }
  return { 'http:': new loaded.http.Agent(options), 'https:': new loaded.https.Agent(options) }
}

/** Throws AnswerError where the answer is larger than `bytesMax`, whose rest is not read, and UnreachableError where there is none. */
export async function get(url: URL, headers: Readonly<Record<string, string>>, bytesMax: number, signal: AbortSignal, settings: RequestSettings): Promise<Answer> {
  const deadline = AbortSignal.timeout(settings.timeoutMs)
  const { request } = url.protocol === 'https:' ? loaded.https : loaded.http
  const sent = request(url, {
    signal: AbortSignal.any([signal, deadline]), lookup: settings.lookup, agent: settings.agents[url.protocol as keyof Agents],
    headers: { accept: 'application/json', ...headers, ...(settings.token === undefined ? {} : { authorization: `Bearer ${settings.token}` }) },
  })
  try {
    sent.end()
    const [response] = await once(sent, 'response') as [http.IncomingMessage]
    return { status: response.statusCode!, headers: response.headers, body: await bodyOf(response, url, bytesMax) }
  } catch (error) {
    sent.destroy()
    signal.throwIfAborted()
    if (deadline.aborted) throw new UnreachableError(`${url.href} did not answer in full within ${settings.timeoutMs} ms; give it longer, or look at what keeps it`, { cause: error })
    if (error instanceof SourceError) throw error
    throw new UnreachableError(`${url.href} cannot be reached: ${messageOf(error)}; is the server running, and is the address right?`, { cause: error })
  }
}

async function bodyOf(response: http.IncomingMessage, url: URL, bytesMax: number): Promise<string> {
  const encoding = response.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw new AnswerError(`${url.href} answered with content-encoding '${encoding}', which was not asked for; it must send plain JSON`)
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > bytesMax) {
      response.destroy()
      throw new AnswerError(`${url.href} answers with more than the ${bytesMax} bytes that are allowed; let it give an address where the data is, or raise the limit`)
    }
    parts.push(part)
  }
  return textOf(Buffer.concat(parts), url)
}

function textOf(bytes: Buffer, url: URL): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new AnswerError(`${url.href} answers with bytes that are not UTF-8: ${messageOf(error)}`, { cause: error })
  }
}
