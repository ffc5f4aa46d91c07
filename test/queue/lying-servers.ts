// A server that answers as a test says, in bytes, and notes what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface LyingServer {
  readonly address: string
  readonly asked: readonly string[]
  close(): Promise<void>
}

export type Lie = (request: IncomingMessage, response: ServerResponse) => void

export async function lyingServer(t: TestContext, lie: Lie, port = 0): Promise<LyingServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    lie(request, response)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  t.after(close)
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close }
}

export function list(...items: readonly unknown[]): string {
  return JSON.stringify({ kind: 'ItemList', apiVersion: 'v1', items })
}

export function item(data: unknown): string {
  return JSON.stringify({ kind: 'Item', apiVersion: 'v1', data })
}
