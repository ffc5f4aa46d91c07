// Workers in threads of this process: for work that computes. Memory limits there do not count Buffers; untrusted work belongs in processes.
import { Worker, type ResourceLimits } from 'node:worker_threads'
import type { Executor, WorkerReference } from '../executor.ts'
import { outOfMemory, threwOutside } from './last-words.ts'
import type { Channel, ChannelEvents } from './pool/channel.ts'
import { seal, unseal, type Envelope } from './pool/envelope.ts'
import type { FromHost, Loader } from './pool/messages.ts'
import { Pool } from './pool/pool.ts'
import { defaultGraceMs, hostEntry, mebibytes } from './pool/settings.ts'

export interface ThreadOptions {
  readonly threads: number
  /** Items at once in each thread. */
  readonly perThread: number
  readonly reference: WorkerReference
  readonly loader: Loader
  /** Bytes of heap for each thread. */
  readonly memory?: number | undefined
  /** How long an aborted item may go on. Default 1,000. */
  readonly graceMs?: number | undefined
}

/** For what has just been made, where memory is limited: V8 would take four times that, and not give it back. */
const youngMebibytesMax = 24

export function threadExecutor({ threads, perThread, reference, loader, memory, graceMs = defaultGraceMs }: ThreadOptions): Executor {
  const limits: ResourceLimits = memory === undefined ? {} : { maxOldGenerationSizeMb: mebibytes(memory), maxYoungGenerationSizeMb: youngMebibytesMax }
  return new Pool({ members: threads, perMember: perThread, reference, loader, graceMs, open: events => openThread(limits, events) })
}

function openThread(resourceLimits: ResourceLimits, events: ChannelEvents): Channel {
  const thread = new Worker(hostEntry, { resourceLimits })
  let how: string | undefined
  thread.on('message', (envelope: Envelope) => events.message(unseal<FromHost>(envelope)))
  thread.on('error', error => { how = describeError(error, resourceLimits) })
  thread.on('exit', code => events.ended(how ?? `exited with code ${code}`))
  return {
    sharesMemory: true,
    send: message => {
      const envelope = seal(message)
      thread.postMessage(envelope, [envelope.bytes.buffer])
    },
    end: async () => { await thread.terminate() },
  }
}

function describeError(error: unknown, { maxOldGenerationSizeMb }: ResourceLimits): string {
  if ((error as { code?: unknown } | null)?.code !== 'ERR_WORKER_OUT_OF_MEMORY') return threwOutside(error instanceof Error ? error.stack ?? error.message : String(error))
  return outOfMemory(maxOldGenerationSizeMb)
}
