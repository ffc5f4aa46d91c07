// Compares found plates with the truth. A find counts when its box and the box around the true plate share at least half of what they
// cover together (intersection over union), and each plate counts once.
import type { TruePlate } from '../generator/scene.ts'

export interface Box { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
export interface Tally { readonly plates: number; readonly finds: number; readonly matched: number }

const enough = 0.5

export function matchPlates(plates: readonly TruePlate[], finds: readonly Box[]): Tally {
  const left = plates.map(plate => boxAround(plate.corners))
  let matched = 0
  for (const find of finds) {
    const index = left.findIndex(box => intersectionOverUnion(box, find) >= enough)
    if (index === -1) continue
    left.splice(index, 1)
    matched += 1
  }
  return { plates: plates.length, finds: finds.length, matched }
}

/** The plates that no find touches at all. */
export function untouched(plates: readonly TruePlate[], finds: readonly Box[]): readonly TruePlate[] {
  return plates.filter(plate => finds.every(find => shared(boxAround(plate.corners), find) === 0))
}

export function boxAround(corners: readonly { readonly x: number; readonly y: number }[]): Box {
  const xs = corners.map(corner => corner.x)
  const ys = corners.map(corner => corner.y)
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y }
}

function intersectionOverUnion(one: Box, other: Box): number {
  const both = shared(one, other)
  return both / (one.width * one.height + other.width * other.height - both)
}

function shared(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  return Math.max(0, width) * Math.max(0, height)
}
