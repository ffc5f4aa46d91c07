// A generated file, and what a count over it must give. The counts are the generator's own: no contender checks itself.
import type { CountsDigest } from '../counts/digest.ts'

export interface CountedFile {
  readonly file: string
  readonly bytes: number
  readonly lines: number
  /** Items that are counted: lines, or words. */
  readonly items: number
  readonly distinct: number
  readonly digest: CountsDigest
}
