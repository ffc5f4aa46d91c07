// The codecs that go by a name.
import { OptionError } from '../../../model/errors.ts'
import { bytesCodec } from './bytes.ts'
import type { KafkaCodec } from './codec.ts'
import { jsonCodec } from './json.ts'
import { textCodec } from './text.ts'

export type CodecName = 'json' | 'text' | 'bytes'

const named: Readonly<Record<CodecName, KafkaCodec<any>>> = { json: jsonCodec, text: textCodec, bytes: bytesCodec }

/** Throws OptionError for what is no codec. */
export function codecOf(given: CodecName | KafkaCodec<any>): KafkaCodec<any> {
  if (typeof given === 'string' && Object.hasOwn(named, given)) return named[given]
  const { decode, encode } = (typeof given === 'object' ? given ?? {} : {}) as Partial<KafkaCodec<unknown>>
  if (typeof decode === 'function' && typeof encode === 'function') return given as KafkaCodec<any>
  throw new OptionError('kafkaTopic: codec', given, "'json', 'text', 'bytes', avro({ ... }), or an object with the functions decode and encode")
}
