// The thread of a store. Starting one takes as long as loading a pipeline, so a command starts it first, and says which store it is for when it knows
// that it will run.
import { Worker } from 'node:worker_threads'
import { entryFile } from '../../model/own-files.ts'

let started: Worker | undefined

/** To be taken by the store that is opened next. Keeps no process alive. */
export function startThread(): void {
  if (started) return
  const thread = newThread()
  thread.unref()
  const forget = () => { if (started === thread) started = undefined }
  thread.once('error', forget).once('exit', forget)
  started = thread
}

export function takeThread(): Worker {
  const thread = started ?? newThread()
  started = undefined
  thread.ref()
  return thread
}

function newThread(): Worker {
  return new Worker(entryFile('logs/embedded/store-thread'))
}
