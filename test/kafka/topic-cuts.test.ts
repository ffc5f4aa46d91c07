// Connections break while a topic of others is written and read: nothing is lost, nothing comes twice.
import { deepEqual, ok } from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { kafkaTopic } from '../../src/connectors/kafka/kafka-topic.ts'
import { seeded } from '../engines/seeded.ts'
import { needs } from '../needs.ts'
import { chunkOf } from '../sinks/writing.ts'
import { ForeignTopic, Reading } from './foreign-topic.ts'

const writes = 40
const itemsPerWrite = 5

test('what is written and read while connections break is there once, and in order', { skip: needs('java') }, async () => {
  const topic = await ForeignTopic.make()
  const sink = kafkaTopic<number>(topic.address, topic.name)
  using reading = new Reading()
  const cutting = new Cutting()
  try {
    const following = reading.first(kafkaTopic<number>(topic.address, topic.name, { follow: true }), writes * itemsPerWrite)
    for (let write = 0; write < writes; write++) await untilDone(() => sink.write(chunkOf(write * itemsPerWrite, numbers(itemsPerWrite, write * itemsPerWrite))))
    ok(cutting.cuts > writes / 8, `${cutting.cuts} cuts are too few to say anything`)
    deepEqual((await following).map(({ item }) => item), numbers(writes * itemsPerWrite))
  } finally {
    cutting.stop()
  }
  using after = new Reading()
  deepEqual((await after.all(kafkaTopic<number>(topic.address, topic.name))).flat().map(({ item }) => item), numbers(writes * itemsPerWrite))
})

/** As the runtime does it: what failed is written again. */
async function untilDone(write: () => Promise<void>, attempts = 20): Promise<void> {
  await write().catch((error: unknown) => {
    if (attempts === 1) throw error
    return untilDone(write, attempts - 1)
  })
}

function numbers(count: number, first = 0): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}

/** One of the connections of this process, at random, every few milliseconds: most of a write is spent waiting for an answer. */
class Cutting {
  readonly #sockets = new Set<Socket>()
  readonly #random = seeded(1)
  readonly #timer = setInterval(() => this.#cut(), 15)
  cuts = 0

  constructor() {
    subscribe('net.client.socket', this.#gather)
  }

  stop(): void {
    clearInterval(this.#timer)
    unsubscribe('net.client.socket', this.#gather)
  }

  readonly #gather = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #cut(): void {
    // One that is being made breaks with an error of its own.
    const open = [...this.#sockets].filter(({ connecting }) => !connecting)
    open[Math.floor(this.#random() * open.length)]?.destroy()
    if (open.length > 0) this.cuts++
  }
}
