// A key as run files hold it: its JSON as UTF-8, so that keys are the same where their bytes are. Its bytes and its hash are made in one look at its
// characters, into memory that is used again: no object is made for a key.
import { finished, hashBasis, hashPrime, type RawKey } from './key-hash.ts'

const quote = 34
const backslash = 92

export class KeyText {
  bytes = new Uint8Array(1_024)
  length = 0
  /** 32 bits, over the UTF-16 units of the key. */
  hash = 0

  set(key: RawKey): void {
    const isText = typeof key === 'string'
    const text = isText ? key : String(key)
    if (text.length + 2 > this.bytes.length) this.bytes = new Uint8Array(2 * (text.length + 2))
    const { bytes } = this
    let at = 0
    let hash = hashBasis
    let isAsItIs = true
    if (isText) bytes[at++] = quote
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      hash = Math.imul(hash ^ unit, hashPrime)
      if (unit < 32 || unit > 126 || unit === quote || unit === backslash) isAsItIs = false
      bytes[at++] = unit
    }
    if (isText) bytes[at++] = quote
    this.hash = finished(hash)
    this.length = isAsItIs ? at : this.#encode(text)
  }

  #encode(text: string): number {
    const encoded = Buffer.from(JSON.stringify(text))
    if (encoded.length > this.bytes.length) this.bytes = new Uint8Array(2 * encoded.length)
    this.bytes.set(encoded)
    return encoded.length
  }
}
