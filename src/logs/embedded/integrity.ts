// Checksums and the hash chain: damage to the store is named, never silent. (One flipped bit in a write-ahead log turned 100 committed
// SQLite rows into 48 with integrity_check ok; flipped values are read back unnoticed.)
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { LogError } from '../../model/errors.ts'

export function checksumOf(...parts: readonly (string | number | null)[]): number {
  let checksum = 0
  for (const part of parts) checksum = crc32('\u0000', crc32(typeof part === 'string' ? part : String(part), checksum))
  return checksum
}

/** The link of one chunk in its partition's chain. */
export function linkOf(previous: string, key: number, count: number, checksum: number): string {
  return hash('sha1', `${previous} ${key} ${count} ${checksum}`, 'base64url')
}

export function damaged(path: string, what: string, cause?: unknown): LogError {
  return new LogError('DAMAGED', `the store ${path} is damaged: ${what}. Nothing more was read or written. Restore the folder from a backup, or start anew with --fresh`, { cause })
}
