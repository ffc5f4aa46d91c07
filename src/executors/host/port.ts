// The host's end of a channel: the same for a thread and a process.
import { parentPort, isMainThread } from 'node:worker_threads'
import { seal, unseal, type Envelope } from '../pool/envelope.ts'
import type { FromHost, ToHost } from '../pool/messages.ts'
import { endAllGroups } from '../process-groups.ts'

export interface Port {
  send(message: FromHost): void
  listen(listener: (message: ToHost) => void): void
}

export function openPort(): Port {
  return isMainThread ? processPort() : threadPort()
}

function threadPort(): Port {
  const port = parentPort!
  return {
    send: message => {
      const envelope = seal(message)
      port.postMessage(envelope, [envelope.bytes.buffer])
    },
    listen: listener => { port.on('message', (envelope: Envelope) => listener(unseal<ToHost>(envelope))) },
  }
}

function processPort(): Port {
  process.on('disconnect', endOrphaned)
  return {
    send: message => { process.send!(seal(message), undefined, undefined, () => {}) },
    listen: listener => { process.on('message', envelope => listener(unseal<ToHost>(envelope as Envelope))) },
  }
}

// The parent is gone, however it went: nothing may be left of this group.
function endOrphaned(): void {
  endAllGroups()
  process.kill(-process.pid, 'SIGKILL')
}
