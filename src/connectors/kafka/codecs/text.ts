// Text in UTF-8. Bytes that are none are refused, not replaced: what comes out has to be what went in.
import { show } from '../../../model/errors.ts'
import type { KafkaCodec } from './codec.ts'

/** A byte order mark is part of the text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function decodeText(value: Uint8Array): string {
  try {
    return utf8.decode(value)
  } catch (error) {
    throw new Error('it is not UTF-8', { cause: error })
  }
}

export const textCodec: KafkaCodec<string> = {
  decode: decodeText,
  encode: item => {
    if (typeof item !== 'string') throw new Error(`it is ${show(item)}, but must be text`)
    return Buffer.from(item)
  },
}
