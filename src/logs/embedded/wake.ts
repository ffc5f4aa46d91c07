// A local socket by which a process that appended to the store wakes its owner at once. It carries no data: whoever rings, the owner only
// looks into its own store.
import { hash } from 'node:crypto'
import { realpathSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

function bellPath(folder: string): string {
  const name = `batchwork-${hash('sha1', realpathSync(folder)).slice(0, 20)}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
}

/** The owner's side. */
export class Bell {
  readonly #server: Server

  constructor(folder: string, ring: () => void) {
    const path = bellPath(folder)
    if (process.platform !== 'win32') rmSync(path, { force: true })
    this.#server = createServer(socket => socket.on('data', ring).on('error', () => socket.destroy()).unref())
    this.#server.on('error', () => {}) // The owner also polls: without a bell it only wakes later.
    this.#server.listen(path).unref()
  }

  close(): void {
    this.#server.close()
  }
}

/** The side of everyone else. */
export class Ringer {
  readonly #path: string
  #socket: Socket | undefined

  constructor(folder: string) {
    this.#path = bellPath(folder)
  }

  ring(): void {
    this.#socket ??= this.#dial()
    this.#socket.write('\n')
  }

  close(): void {
    this.#socket?.destroy()
  }

  #dial(): Socket {
    const socket = connect(this.#path).unref()
    const drop = () => {
      socket.destroy()
      if (this.#socket === socket) this.#socket = undefined
    }
    return socket.on('error', drop).on('close', drop)
  }
}
