// Which section of a run a key is in. The same in every process, forever: run files outlive the process that wrote them.
export type RawKey = string | number

export const sectionCount = 256

/** 32 bits: FNV-1a over UTF-16 code units, with the finish of MurmurHash3, for FNV's high bits are poor for short keys. */
export function hashOf(key: RawKey): number {
  const text = typeof key === 'string' ? key : String(key)
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export function sectionOf(hash: number): number {
  return hash >>> 24
}

/** Which of several passes over its section takes a key. */
export function passOf(hash: number, passes: number): number {
  return (hash & 0xffffff) % passes
}
