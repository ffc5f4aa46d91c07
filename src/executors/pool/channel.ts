// How the pool reaches one host, be it a worker thread or a child process. Each kind has the same few members, so knowing one is knowing both.
import type { FromHost, ToHost } from './messages.ts'

export interface Channel {
  /** Whether memory can be shared with it, so that the pool can take items back from a blocked event loop. */
  readonly sharesMemory: boolean
  send(message: ToHost): void
  /** Ends it, and every process below it. Resolves once it is gone. */
  end(): Promise<void>
}

export interface ChannelEvents {
  message(message: FromHost): void
  /** Once, however it ended. `how` completes 'it ...': 'exited with code 3'. */
  ended(how: string): void
}

export type OpenChannel = (events: ChannelEvents) => Channel
