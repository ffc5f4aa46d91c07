// What vehicles are made of: flat panels on blocks, in metres. along runs from the front bumper backwards, across to the
// right, up from the ground. A panel's corners are clockwise as seen from outside, so that the far side is never drawn.

export interface Spot { readonly along: number; readonly across: number; readonly up: number }
export type Finish = 'paint' | 'glass' | 'rubber' | 'metal' | 'headlight' | 'tail light' | 'trim'
export interface Panel { readonly corners: readonly Spot[]; readonly finish: Finish }
export interface Block { readonly layer: number; readonly panels: readonly Panel[] }

/** A corner of an outline seen from the side, with how far the block reaches to either side there. */
export type Corner = readonly [along: number, up: number, halfWidth: number]

/** An outline drawn out sideways: from the low front over the roof to the low back. `strips` names finishes that are not paint. */
export function drawnOut(outline: readonly Corner[], finish: Finish = 'paint', strips: Readonly<Record<number, Finish>> = {}): readonly Panel[] {
  const spots = (side: number): Spot[] => outline.map(([along, up, halfWidth]) => ({ along, up, across: side * halfWidth }))
  const left = spots(-1)
  const right = spots(1)
  const over = outline.slice(1).flatMap((_, index) => band(left, right, index, finish, strips[index]))
  return [{ corners: right, finish }, { corners: left.toReversed(), finish }, ...over]
}

function band(left: readonly Spot[], right: readonly Spot[], index: number, finish: Finish, inlay: Finish | undefined): readonly Panel[] {
  const [a, b, c, d] = [right[index], left[index], left[index + 1], right[index + 1]]
  if (!a || !b || !c || !d) return []
  const whole: Panel = { corners: [a, b, c, d], finish }
  return inlay === undefined ? [whole] : [whole, { corners: shrunk([a, b, c, d], 0.88), finish: inlay }]
}

export function shrunk(corners: readonly Spot[], share: number): readonly Spot[] {
  const middle = (part: keyof Spot): number => corners.reduce((sum, spot) => sum + spot[part], 0) / corners.length
  const centre = { along: middle('along'), across: middle('across'), up: middle('up') }
  return corners.map(spot => ({
    along: centre.along + (spot.along - centre.along) * share,
    across: centre.across + (spot.across - centre.across) * share,
    up: centre.up + (spot.up - centre.up) * share,
  }))
}

/** The same outline on both sides, each corner `[along, up, halfWidth]`, given clockwise as seen from the right. */
export function onBothSides(outline: readonly Corner[], finish: Finish): readonly Panel[] {
  const spots = (side: number): Spot[] => outline.map(([along, up, halfWidth]) => ({ along, up, across: side * halfWidth }))
  return [{ corners: spots(1), finish }, { corners: spots(-1).toReversed(), finish }]
}

export function sideRectangle(from: number, to: number, low: number, high: number, halfWidth: number, finish: Finish): readonly Panel[] {
  return onBothSides([[from, low, halfWidth], [from, high, halfWidth], [to, high, halfWidth], [to, low, halfWidth]], finish)
}

/** A rectangle on the front (`facing` -1) or the back (`facing` 1), standing at `along`. */
export function endRectangle(along: number, facing: 1 | -1, middle: number, width: number, low: number, high: number, finish: Finish): Panel {
  const [start, stop] = facing === -1 ? [middle - width / 2, middle + width / 2] : [middle + width / 2, middle - width / 2]
  return {
    finish,
    corners: [{ along, across: stop, up: low }, { along, across: start, up: low }, { along, across: start, up: high }, { along, across: stop, up: high }],
  }
}

/** The same rectangle left and right of the middle. */
export function endPair(along: number, facing: 1 | -1, offset: number, width: number, low: number, high: number, finish: Finish): readonly Panel[] {
  return [-offset, offset].map(middle => endRectangle(along, facing, middle, width, low, high, finish))
}

/** The tyres as seen from the front and the back: to be drawn before the body that hides their upper half. */
export function treads(places: readonly number[], radius: number, halfWidth: number, width = 0.2): readonly Panel[] {
  return places.flatMap(along => [
    ...endPair(along - radius * 0.9, -1, halfWidth - width / 2, width, 0, radius * 1.3, 'rubber'),
    ...endPair(along + radius * 0.9, 1, halfWidth - width / 2, width, 0, radius * 1.3, 'rubber'),
  ])
}

export function wheels(places: readonly number[], radius: number, halfWidth: number): readonly Panel[] {
  return places.flatMap(along => [
    ...onBothSides(disc(along, radius, halfWidth), 'rubber'),
    ...onBothSides(disc(along, radius, halfWidth + 0.01, 0.58), 'metal'),
    ...onBothSides(disc(along, radius, halfWidth + 0.02, 0.2), 'trim'),
  ])
}

function disc(along: number, radius: number, halfWidth: number, share = 1): readonly Corner[] {
  return Array.from({ length: 14 }, (_, step) => {
    const angle = (step / 14) * 2 * Math.PI
    return [along - radius * share * Math.cos(angle), radius + radius * share * Math.sin(angle), halfWidth] as const
  })
}
