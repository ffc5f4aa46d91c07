// What SQLite and the disk report, in the words of this log. The one thing to know: a full disk can be waited out and damage is for a
// person, but after any other failure of the disk nothing more is believed until the store is opened again.
import { LogError } from '../../model/errors.ts'
import { damaged } from './integrity.ts'

/** SQLITE_CORRUPT, SQLITE_NOTADB, and SQLITE_CONSTRAINT: no row of a sound store is in the way of a new one. */
const damageCodes: readonly number[] = [11, 26, 19]
/** SQLITE_IOERR, SQLITE_CANTOPEN and SQLITE_READONLY. */
const diskCodes: readonly number[] = [10, 14, 8]
/** SQLITE_ERROR: a statement does not fit the tables. */
const mismatchCode = 1
const fullCode = 13
/** SQLITE_IOERR_SHMSIZE: no room for the index of the write-ahead log. */
const noRoomForIndexCode = 4_874
const busyCode = 5

/** Undefined where neither the disk nor the file is to blame. */
export function failureOf(error: unknown, path: string): LogError | undefined {
  if (error instanceof LogError) return error
  const { errcode, syscall, message } = error as { errcode?: number; syscall?: string; message: string }
  if (errcode === undefined) return syscall === undefined ? undefined : failed(path, error)
  const kind = errcode & 0xff
  if (kind === fullCode || errcode === noRoomForIndexCode) return full(path, error)
  if (damageCodes.includes(kind)) return damaged(path, `SQLite says '${message}'`, error)
  if (diskCodes.includes(kind)) return failed(path, error)
  return kind === busyCode ? busy(path, error) : undefined
}

/** While a store is opened, statements that do not fit its tables tell of damage to these. */
export function openingFailureOf(error: unknown, path: string): unknown {
  const { errcode, message } = error as { errcode?: number; message: string }
  return errcode === mismatchCode ? damaged(path, `SQLite says '${message}'`, error) : (failureOf(error, path) ?? error)
}

/** What the disk or the file did, not what was asked of them. */
export function isOfStorage(error: unknown): boolean {
  return !(error instanceof LogError) && failureOf(error, '') !== undefined
}

/** After which nothing more may be written by this process. */
export function isFinal({ code }: LogError): boolean {
  return code === 'STORE_FAILED' || code === 'DAMAGED'
}

export function failed(path: string, cause: unknown): LogError {
  const text = cause instanceof Error ? cause.message : String(cause)
  return new LogError('STORE_FAILED', `the disk of ${path} failed (${text}); run the same command again once it is well: what was committed is safe`, { cause })
}

function full(path: string, cause: unknown): LogError {
  return new LogError('DISK_FULL', `the disk of ${path} is full; nothing of the last commit was stored. Free some space: work goes on by itself`, { cause })
}

function busy(path: string, cause: unknown): LogError {
  return new LogError('BUSY', `another process holds the write lock of ${path} for over 10 s; a process that appends to it may be suspended: let it go on, or end it, and run the same command again`, { cause })
}
