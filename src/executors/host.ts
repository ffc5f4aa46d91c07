// The entry of every worker thread and worker process. The pool tells it what to load: see pool/messages.ts.
import { Host } from './host/host.ts'
import { openPort } from './host/port.ts'

new Host(openPort()).listen()
