// JSON text that is put together as UTF-8, in memory that grows and is used again.

const firstBytes = 65_536
const zero = 48

export class JsonBytes {
  length = 0
  #bytes = Buffer.allocUnsafe(firstBytes)

  text(text: string): void {
    const bytes = this.#reserve(3 * text.length)
    this.length += bytes.write(text, this.length)
  }

  /** Each unit is a character of one byte. Better for a few of them than `text`. */
  ascii(text: string): void {
    const bytes = this.#reserve(text.length)
    let at = this.length
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index)
    this.length = at
  }

  copy(from: Uint8Array, start: number, end: number): void {
    const bytes = this.#reserve(end - start)
    let to = this.length
    for (let at = start; at < end; at++) bytes[to++] = from[at]!
    this.length = to
  }

  /** A finite one that is not -0. */
  number(value: number): void {
    if (value >= 0 && value < 10 && Number.isInteger(value)) this.#reserve(1)[this.length++] = zero + value
    else this.ascii(String(value))
  }

  /** Empty afterwards. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.length)
    this.length = 0
    return text
  }

  #reserve(bytes: number): Buffer {
    if (this.length + bytes <= this.#bytes.length) return this.#bytes
    const larger = Buffer.allocUnsafe(2 * (this.length + bytes))
    larger.set(this.#bytes.subarray(0, this.length))
    return (this.#bytes = larger)
  }
}
