// The head: the sequence number of the last commit, in a file of its own. A store whose tail got lost (a write-ahead log cut short by
// damage) is behind its head, and says so. Two slots are written in turn, so a torn write leaves the one before.
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const slotBytes = 32

export class Head {
  readonly #file: number
  readonly #slot = Buffer.alloc(slotBytes)

  constructor(path: string) {
    this.#file = openSync(path, openFlags)
    if (fstatSync(this.#file).size === 0) writeSync(this.#file, Buffer.alloc(2 * slotBytes)) // its room on the disk, before it is needed
  }

  /** The highest sequence written; 0 for a new file. */
  read(): number {
    const bytes = Buffer.alloc(2 * slotBytes)
    readSync(this.#file, bytes, 0, bytes.length, 0)
    return Math.max(sequenceIn(bytes.subarray(0, slotBytes)), sequenceIn(bytes.subarray(slotBytes)))
  }

  /** `sync` makes it durable before this returns. */
  write(sequence: number, sync: boolean): void {
    this.#slot.fill(0)
    this.#slot.writeDoubleLE(sequence, 0)
    this.#slot.writeUInt32LE(crc32(this.#slot.subarray(0, 8)), 8)
    writeSync(this.#file, this.#slot, 0, slotBytes, (sequence % 2) * slotBytes)
    if (sync) fdatasyncSync(this.#file)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Read and write, created if missing, never truncated. */
const openFlags = constants.O_RDWR | constants.O_CREAT

function sequenceIn(slot: Buffer): number {
  return crc32(slot.subarray(0, 8)) === slot.readUInt32LE(8) ? slot.readDoubleLE(0) : 0
}
