// The bytes as they are.
import { show } from '../../../model/errors.ts'
import type { KafkaCodec } from './codec.ts'

export const bytesCodec: KafkaCodec<Uint8Array> = {
  // What is read is a part of a larger answer, which would be kept in memory whole.
  decode: value => Uint8Array.from(value),
  encode: item => {
    if (!(item instanceof Uint8Array)) throw new Error(`it is ${show(item)}, but must be bytes (a Uint8Array)`)
    return item
  },
}
