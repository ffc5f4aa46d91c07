// Figures of a queue for Prometheus, in its text format, on loopback.
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { BatchworkError } from '../model/errors.ts'
import { refusalOf } from '../queue/source-server/access.ts'
import type { QueueStatus } from '../queue/work-queue.ts'

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

const host = '127.0.0.1'
const format = 'text/plain; version=0.0.4; charset=utf-8'

export async function serveMetrics(port: number, queue: string, look: () => QueueStatus): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const refusal = refusalOf(new Headers(request.headers as Record<string, string>), { host })
    const status = refusal?.status ?? (request.method !== 'GET' ? 405 : request.url === '/metrics' ? 200 : 404)
    response.writeHead(status, { 'Content-Type': format, 'Cache-Control': 'no-store' }).end(status === 200 ? metricsText(queue, look()) : `${refusal?.message ?? 'figures are at GET /metrics'}\n`)
  })
  server.maxConnections = 16
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    throw new BatchworkError('PORT', `--metrics ${port}: the port cannot be listened at: ${(error as Error).message}; give another, or 0 for a free one`, { cause: error })
  })
  return { port: (server.address() as AddressInfo).port, close: async () => void (server.closeAllConnections(), await new Promise(resolve => server.close(resolve))) }
}

type Metric = readonly [name: string, kind: 'counter' | 'gauge', help: string, value: number | undefined]

export function metricsText(queue: string, { counts, parallelism, processingMs, interarrivalMs, verdict }: QueueStatus): string {
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000)
  const metrics: readonly Metric[] = [
    ['items_taken_total', 'counter', 'Items taken from the source.', counts.taken],
    ['items_done_total', 'counter', 'Items done.', counts.done],
    ['items_failed', 'gauge', 'Items set aside and not sent back.', counts.failed],
    ['attempts_retried_total', 'counter', 'Attempts that failed and were made again.', counts.retried],
    ['items_in_flight', 'gauge', 'Items at work.', counts.inFlight],
    ['items_waiting', 'gauge', 'Items that wait, for a worker or for another attempt.', counts.waiting],
    ['parallelism', 'gauge', 'Items that may be at work at once.', parallelism],
    ['processing_seconds', 'gauge', 'How long an item takes, of late.', seconds(processingMs)],
    ['interarrival_seconds', 'gauge', 'Time between the arrivals of two items, of late.', seconds(interarrivalMs)],
    ['losing_ground', 'gauge', '1 while more comes in than goes out.', verdict === 'losing ground' ? 1 : 0],
  ]
  const label = `{queue="${queue.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"}`
  return metrics.filter(([, , , value]) => value !== undefined).map(([name, kind, help, value]) => `# HELP batchwork_queue_${name} ${help}\n# TYPE batchwork_queue_${name} ${kind}\nbatchwork_queue_${name}${label} ${value}\n`).join('')
}
