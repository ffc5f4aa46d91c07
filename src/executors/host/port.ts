// The host's end of a channel: the same for a thread and a process.
import { parentPort, isMainThread } from 'node:worker_threads'
import { seal, unseal, type Envelope } from '../pool/envelope.ts'
import type { FromHost, ToHost } from '../pool/messages.ts'
import { endAllGroups } from '../process-groups.ts'

export interface Port {
  /** `written`: it has left, so that the other side gets it though this one dies. */
  send(message: FromHost, written?: () => void): void
  listen(listener: (message: ToHost) => void): void
}

export function openPort(): Port {
  return isMainThread ? processPort() : threadPort()
}

function threadPort(): Port {
  const port = parentPort!
  return {
    send: (message, written) => {
      const envelope = seal(message)
      port.postMessage(envelope, [envelope.bytes.buffer])
      written?.()
    },
    listen: listener => { port.on('message', (envelope: Envelope) => listener(unseal<ToHost>(envelope))) },
  }
}

function processPort(): Port {
  process.on('disconnect', endOrphaned)
  return {
    send: (message, written) => { process.send!(seal(message), undefined, undefined, () => written?.()) },
    listen: listener => { process.on('message', envelope => listener(unseal<ToHost>(envelope as Envelope))) },
  }
}

// The parent is gone, however it went: nothing may be left of this group.
function endOrphaned(): void {
  endAllGroups()
  process.kill(-process.pid, 'SIGKILL')
}
