// One JSON value in UTF-8: what most others write.
import { plainJson } from '../../../sinks/plain-json.ts'
import { parseJson } from '../../../sources/json-text.ts'
import type { KafkaCodec } from './codec.ts'
import { decodeText } from './text.ts'

export const jsonCodec: KafkaCodec<unknown> = {
  decode: value => parseJson(decodeText(value)),
  encode: item => Buffer.from(plainJson(item)),
}
