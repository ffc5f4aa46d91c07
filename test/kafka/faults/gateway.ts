// Stands between a broker and all who speak to it, so that connections can be cut: in the middle of a request, of an answer, or of a transaction.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

export class Gateway implements AsyncDisposable {
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #target = 0

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', socket => this.#join(socket))
  }

  static async open(): Promise<Gateway> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Gateway(server)
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port
  }

  /** Where the broker listens. */
  leadTo(port: number): void {
    this.#target = port
  }

  /** Cuts that share of the connections, and says how many that were. */
  cut(share: number, random: () => number): number {
    const cut = [...this.#pairs].filter(() => random() < share)
    for (const pair of cut) end(pair)
    return cut.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.cut(1, () => 0)
    await once(this.#server, 'close')
  }

  #join(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1')
    const pair = [near, far] as const
    this.#pairs.add(pair)
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.once('close', () => {
        this.#pairs.delete(pair)
        end(pair)
      })
    }
    near.pipe(far)
    far.pipe(near)
  }
}

function end(pair: readonly Socket[]): void {
  for (const socket of pair) socket.destroy()
}
