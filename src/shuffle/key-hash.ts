// Which section of a run a key is in. The same in every process, forever: run files outlive the process that wrote them.
export type RawKey = string | number

export const sectionCount = 256

/** FNV-1a, for those who hash while they look at characters for another reason: `(hash ^ character) * prime`, from `basis`, then `finished`. */
export const hashBasis = 0x811c9dc5
export const hashPrime = 0x01000193

/** The finish of MurmurHash3, for FNV's high bits are poor for short keys. */
export function finished(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}

export function sectionOf(hash: number): number {
  return hash >>> 24
}
