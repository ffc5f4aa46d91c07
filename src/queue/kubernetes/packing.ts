// Lists of names and other JSON as small text: runs of counted names are one entry ('photo-1' to 'photo-1000'), the rest is deflated.
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { Names, type NamesJson } from '../../model/names.ts'

/** No object of a cluster unpacks to more. */
const unpackedBytesMax = 64 * 1_048_576

export function packNames(names: readonly string[]): string {
  return pack(Names.of(names))
}

export function unpackNames(text: string): readonly string[] {
  return [...Names.fromJson(unpack(text) as NamesJson)]
}

/** Base64 of deflated JSON. */
export function pack(value: unknown): string {
  return deflateRawSync(JSON.stringify(value), { level: 9 }).toString('base64')
}

export function unpack(text: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: unpackedBytesMax }).toString()) as unknown
}
