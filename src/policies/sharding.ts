// Weighted rendezvous hashing: every key has a favourite shard; when a shard goes, only its keys move. Pure and the same everywhere.
import type { Key } from '../model/values.ts'
import type { Shard } from '../pipeline/graph.ts'

/** The index of the key's shard. */
export function shardOf(key: Key, shards: readonly Pick<Shard, 'name' | 'weight'>[]): number {
  let best = 0
  let bestScore = -Infinity
  shards.forEach((shard, index) => {
    const score = -shard.weight / Math.log((hash32(`${shard.name}\u0000${key}`) + 0.5) / 2 ** 32)
    if (score > bestScore) [best, bestScore] = [index, score]
  })
  return best
}

/** Of so many even parts, the one where a key belongs. */
export function partOfKey(key: string, parts: number): number {
  return hash32(key) % parts
}

/** FNV-1a with the finaliser of MurmurHash3, over UTF-16 units. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
