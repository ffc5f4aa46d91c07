// The pipelines of the tests of dry runs whose workers run in threads and processes: those import this file.
import { isMainThread } from 'node:worker_threads'
import { items, pipeline } from 'batchwork'

const numbers = Array.from({ length: 40 }, (_, index) => index)

export const threaded = pipeline('threaded', flow => {
  flow.source('numbers', items(numbers)).work('where', () => ({ isThread: isMainThread ? 0 : 1, pid: process.pid }), { threads: 2 })
})

export const processed = pipeline('processed', flow => {
  flow.source('numbers', items(numbers)).work('where', () => ({ isParent: process.env['DRY_RUN_PARENT'] === String(process.pid) ? 1 : 0 }), { processes: 1 })
})
