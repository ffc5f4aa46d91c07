// A message as bytes. Threads could clone it themselves, at several times the price for each object in it (measured: 3 µs an item), and
// processes would hand out bytes that are views on a whole batch. Every Uint8Array, Buffers too, arrives as one with memory of its own.
import { DefaultDeserializer, DefaultSerializer } from 'node:v8'
import type { FromHost, ToHost } from './messages.ts'

export interface Envelope {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Memory can only be shared outside of the bytes. */
  readonly claims: Int8Array<SharedArrayBuffer> | undefined
}

/** Throws when a value cannot be cloned. */
export function seal(message: ToHost | FromHost): Envelope {
  const claims = message.kind === 'work' ? message.claims : undefined
  const serializer = new DefaultSerializer()
  serializer.writeHeader()
  serializer.writeValue(claims ? { ...message, claims: undefined } : message)
  return { bytes: serializer.releaseBuffer(), claims }
}

export function unseal<M extends ToHost | FromHost>({ bytes, claims }: Envelope): M {
  const deserializer = new CopyingDeserializer(bytes)
  deserializer.readHeader()
  const message = deserializer.readValue() as M
  return claims ? { ...message, claims } : message
}

// oxlint-disable no-underscore-dangle
class CopyingDeserializer extends DefaultDeserializer {
  // Called by Node for each view on bytes: https://nodejs.org/api/v8.html#deserializer_readhostobject
  _readHostObject(): Uint8Array {
    const inherited = DefaultDeserializer.prototype as unknown as { _readHostObject(): Uint8Array }
    return new Uint8Array(inherited._readHostObject.call(this))
  }
}
