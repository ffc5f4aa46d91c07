// What threads and processes have in common when they are opened.
import { entryFile } from '../../model/own-files.ts'

export const defaultGraceMs = 1_000

export const hostEntry = entryFile('executors/host')

export function mebibytes(bytes: number): number {
  return Math.max(1, Math.floor(bytes / 1_048_576))
}
