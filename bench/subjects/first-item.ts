// Starts the pipeline on a store with pending items; says when the first is at work, and waits to be ended.
import { connect, embedded } from 'batchwork'
import { parametersOf } from '../measure/child.ts'
import { pendingPipeline } from './pending-pipeline.ts'

export interface FirstItem {
  readonly folder: string
}

/** Milliseconds since the process began. */
export interface Milestones {
  readonly loaded: number
  readonly connected: number
  readonly atWork: number
}

const loaded = performance.now()
let connected = 0
let isAtWork = false
const client = await connect({ engine: embedded(parametersOf<FirstItem>().folder, { durability: 'full' }) })
connected = performance.now()
await client.start(pendingPipeline(() => {
  if (isAtWork) return
  isAtWork = true
  process.stdout.write(`${JSON.stringify({ loaded, connected, atWork: performance.now() } satisfies Milestones)}\n`)
}))
