// Items that carry when their publishing began, and the pipeline that tells how long each took to reach its worker.
import { pipeline, topic } from 'batchwork'

export interface Timed {
  /** The system's monotonic clock, which is the same in all processes of a machine. */
  readonly publishedAtMs: number
}

export const timed = topic<Timed>('timed')

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export function latencyPipeline(atWork: (latencyMs: number) => void) {
  return pipeline('latency', flow => {
    flow.source(timed).work('receive', ({ publishedAtMs }) => atWork(monotonicMs() - publishedAtMs))
  })
}
