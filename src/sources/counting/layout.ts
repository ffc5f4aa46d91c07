// Where things are in the memory of a byte table. The one thing to know: memory that is never touched is never taken from the machine, so what
// only records of many megabytes need is there for all.
//
// Keys are numbered in the order of their first appearance, so that those that come often lie together. An entry is 32 bytes, two to a line of the
// processor's cache:
//   0   low, high   16 bytes: the key itself, zeros behind it; of a longer key two hashes
//   16  place       where its bytes are in the arena
//   20  length      of the key
//   24  times       how often it was there
// A slot is the address of an entry, 0 where it is free: 4 bytes, so that all of them are near.
// The arena holds the keys in the same order, a line break after each: no key contains one.
import { lineBytesMax } from '../records.ts'

/** Past this many different keys, or bytes of keys, the table is full. */
export const keysMax = 2 ** 17
export const arenaBytesMax = 4 * 1024 * 1024
export const slotCount = 2 * keysMax
export const entryBytes = 32
export const placeOffset = 16
export const lengthOffset = 20
export const timesOffset = 24
/** Keys of more bytes do not fit into an entry. */
export const shortKeyBytes = 16
/** Scanners look at this many bytes at once, which may lie behind the last. */
export const scannedBytes = 64
/** Fields that are asked for. */
export const wantedMax = 16_384
/** A line, and what was read at once with its end. */
export const inputBytesMax = lineBytesMax + 1024 * 1024

export const slotsAt = 1024
export const slotsEnd = slotsAt + slotCount * 4
export const entriesAt = slotsEnd
/** By key, in order: the line of its first appearance. */
export const linesAt = entriesAt + keysMax * entryBytes
export const arenaAt = linesAt + keysMax * 8
/** The arena has room for one key of any length. */
export const inputAt = arenaAt + arenaBytesMax + inputBytesMax + scannedBytes
/** Fields of a line, brought together. */
export const joinedAt = inputAt + inputBytesMax + scannedBytes
/** Which fields are asked for, ascending. */
export const wantedAt = joinedAt + inputBytesMax + scannedBytes
export const memoryBytes = wantedAt + 4 * wantedMax
