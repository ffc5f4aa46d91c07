// Threads that are started before it is known what they will do: while this one still imports modules and opens the store, which takes as long as they do.
// One that nobody takes has done nothing and holds no process open.
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** More are not started ahead. */
const aheadMax = 64

interface Ahead {
  readonly use: string
  readonly thread: Worker
}

let waiting: readonly Ahead[] = []

/** Starts one for `takeThread` of the same entry and options. */
export function startAhead(entry: URL, options: WorkerOptions = {}): Worker | undefined {
  if (waiting.length >= aheadMax) return undefined
  const thread = new Worker(entry, options)
  thread.unref()
  thread.on('error', ignored).once('exit', () => { waiting = waiting.filter(each => each.thread !== thread) })
  waiting = [...waiting, { use: useOf(entry, options), thread }]
  return thread
}

/** One that was started ahead, or a new one. */
export function takeThread(entry: URL, options: WorkerOptions = {}): Worker {
  const found = waiting.find(({ use }) => use === useOf(entry, options))
  if (!found) return new Worker(entry, options)
  waiting = waiting.filter(each => each !== found)
  found.thread.off('error', ignored).ref()
  return found.thread
}

function useOf(entry: URL, options: WorkerOptions): string {
  return JSON.stringify([entry.href, options])
}

/** It ends; who needs it starts another, and is told why that one does. */
function ignored(): void {}
