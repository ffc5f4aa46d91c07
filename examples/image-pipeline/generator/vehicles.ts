// The five kinds of vehicle, modelled in metres with the front at 0. Where a plate is mounted is part of the model.
import {
  type Block, type Spot, drawnOut, endPair, endRectangle, onBothSides, sideRectangle, treads, wheels,
} from './bodywork.ts'
import type { Random } from './random.ts'

export const kinds = ['car', 'van', 'truck', 'bus', 'motorcycle'] as const
export type Kind = typeof kinds[number]

export interface Vehicle {
  readonly length: number
  readonly width: number
  readonly height: number
  readonly blocks: readonly Block[]
  /** The middle of the plate at either end; a motorcycle has none in front. */
  readonly plates: { readonly front: Spot | undefined; readonly back: Spot }
  /** Where an advertisement may be lettered: on the side, between two heights. */
  readonly billboard: { readonly from: number; readonly to: number; readonly low: number; readonly high: number } | undefined
}

export const models: Readonly<Record<Kind, (random: Random) => Vehicle>> = { car, van, truck, bus, motorcycle }

function car(random: Random): Vehicle {
  const roof = random.between(1.4, 1.55)
  const tail = random.pick([3.1, 3.5, 3.75])
  const bumper = random.chance(0.5) ? 'trim' : 'paint'
  const body = drawnOut([[0, 0.24, 0.86], [0, 0.6, 0.88], [0.15, 0.76, 0.88], [1.1, 0.92, 0.9], [3.8, 0.96, 0.9], [4.3, 0.9, 0.88], [4.3, 0.26, 0.86]])
  const cabin = drawnOut([[1, 0.91, 0.86], [1.8, roof - 0.03, 0.68], [tail, roof, 0.68], [4.15, 0.95, 0.84]], 'paint', { 0: 'glass', 2: 'glass' })
  const sideGlass = onBothSides([[1.35, 0.97, 0.86], [1.9, roof - 0.09, 0.71], [tail - 0.1, roof - 0.07, 0.71], [tail + 0.3, 0.98, 0.85]], 'glass')
  return {
    length: 4.3, width: 1.8, height: roof, billboard: undefined,
    plates: { front: { along: -0.03, across: 0, up: 0.44 }, back: { along: 4.33, across: 0, up: random.pick([0.46, 0.68]) } },
    blocks: [
      { layer: 0, panels: [
        ...treads([0.8, 3.4], 0.32, 0.89), ...body, endRectangle(-0.01, -1, 0, 1.7, 0.26, 0.4, bumper), endRectangle(4.31, 1, 0, 1.7, 0.28, 0.42, bumper),
        ...endPair(-0.01, -1, 0.68, 0.34, 0.58, 0.72, 'headlight'), ...endPair(4.31, 1, 0.7, 0.3, 0.66, 0.84, 'tail light'),
        ...grille(random, 0.7, 0.56, 0.68), ...wheels([0.8, 3.4], 0.32, 0.89), ...sideRectangle(2.55, 2.57, 0.4, 0.92, 0.91, 'trim'), ...sticker(random),
      ] },
      { layer: 1, panels: [...cabin, ...sideGlass, ...sideRectangle(2.5, 2.62, 0.97, roof - 0.07, 0.8, 'paint')] },
    ],
  }
}

function van(random: Random): Vehicle {
  const roof = random.between(2.1, 2.35)
  const length = random.between(4.9, 5.5)
  const body = drawnOut(
    [[0, 0.28, 0.96], [0, 0.95, 0.98], [0.8, 1.18, 0.98], [1.45, roof - 0.15, 0.9], [1.75, roof, 0.9], [length, roof, 0.9], [length, 0.28, 0.97]],
    'paint', { 2: 'glass' })
  return {
    length, width: 1.96, height: roof, billboard: { from: 2.3, to: length - 0.3, low: 1.0, high: 1.7 },
    plates: { front: { along: -0.03, across: 0, up: 0.5 }, back: { along: length + 0.03, across: 0, up: random.pick([0.55, 0.8]) } },
    blocks: [{ layer: 0, panels: [
      ...treads([0.95, length - 1.1], 0.35, 0.98), ...body, ...onBothSides([[1.0, 1.2, 0.99], [1.5, roof - 0.25, 0.93], [2.1, roof - 0.25, 0.93], [2.1, 1.2, 0.98]], 'glass'),
      ...endPair(-0.01, -1, 0.78, 0.32, 0.72, 0.92, 'headlight'), ...endPair(length + 0.01, 1, 0.86, 0.16, 0.9, 1.4, 'tail light'),
      ...endPair(length + 0.01, 1, 0.42, 0.66, 1.3, roof - 0.25, 'glass'), endRectangle(length + 0.01, 1, 0, 0.03, 0.45, roof - 0.1, 'trim'),
      endRectangle(-0.01, -1, 0, 1.9, 0.28, 0.4, 'trim'), endRectangle(length + 0.01, 1, 0, 1.9, 0.28, 0.4, 'trim'),
      ...grille(random, 0.9, 0.64, 0.84), ...sideRectangle(2.2, 2.22, 0.4, roof - 0.2, 0.985, 'trim'), ...wheels([0.95, length - 1.1], 0.35, 0.98),
    ] }],
  }
}

function truck(random: Random): Vehicle {
  const roof = random.between(3.1, 3.5)
  const length = random.between(6.6, 7.6)
  const cab = drawnOut([[0, 0.45, 1.12], [0, 1.35, 1.14], [0.2, 2.45, 1.1], [0.5, 2.65, 1.08], [1.9, 2.65, 1.08], [1.9, 0.45, 1.12]], 'paint', { 1: 'glass' })
  const box = drawnOut([[2.1, 0.95, 1.22], [2.1, roof, 1.22], [length, roof, 1.22], [length, 0.95, 1.22]])
  return {
    length, width: 2.44, height: roof, billboard: { from: 2.6, to: length - 0.4, low: 1.5, high: 2.6 },
    plates: { front: { along: -0.03, across: 0, up: 0.66 }, back: { along: length + 0.03, across: 0, up: 0.72 } },
    blocks: [
      { layer: 0, panels: [...drawnOut([[1.5, 0.5, 0.8], [1.5, 0.95, 0.8], [length, 0.95, 0.8], [length, 0.5, 0.8]], 'trim')] },
      { layer: 1, panels: [
        ...treads([0.9], 0.48, 1.15, 0.3), ...cab, ...onBothSides([[0.3, 1.45, 1.14], [0.42, 2.35, 1.1], [1.3, 2.35, 1.1], [1.3, 1.45, 1.13]], 'glass'),
        ...endPair(-0.01, -1, 0.88, 0.34, 0.75, 0.98, 'headlight'), ...grille(random, 1.1, 0.9, 1.25),
        endRectangle(-0.01, -1, 0, 2.2, 0.45, 0.56, 'trim'), ...wheels([0.9], 0.48, 1.15),
      ] },
      { layer: 1, panels: [
        ...treads([length - 1.6], 0.48, 1.2, 0.4), ...box, endRectangle(length + 0.01, 1, 0, 0.04, 1, roof - 0.1, 'trim'), endRectangle(length + 0.01, 1, 0, 2.3, 0.55, 0.9, 'trim'),
        ...endPair(length + 0.02, 1, 0.95, 0.36, 0.62, 0.8, 'tail light'), ...wheels([length - 1.6], 0.48, 1.2),
      ] },
    ],
  }
}

function bus(random: Random): Vehicle {
  const roof = random.between(2.9, 3.15)
  const length = random.between(9, 11)
  const panes = Math.floor((length - 1.6) / 1.5)
  const body = drawnOut([[0, 0.32, 1.2], [0, 1.1, 1.24], [0.1, roof - 0.5, 1.24], [0.15, roof, 1.2], [length, roof, 1.2], [length, 0.32, 1.22]], 'paint', { 1: 'glass' })
  const sideGlass = Array.from({ length: panes }, (_, pane) => sideRectangle(1.3 + pane * 1.5, 2.7 + pane * 1.5, 1.3, roof - 0.5, 1.25, 'glass')).flat()
  return {
    length, width: 2.5, height: roof, billboard: { from: 3, to: length - 2, low: 0.7, high: 1.15 },
    plates: { front: { along: -0.03, across: 0, up: 0.55 }, back: { along: length + 0.03, across: 0, up: random.pick([0.6, 0.95]) } },
    blocks: [{ layer: 0, panels: [
      ...treads([2.3, length - 2.6], 0.48, 1.24, 0.3), ...body, ...sideGlass, ...sideRectangle(0.25, 1.1, 0.5, roof - 0.45, 1.25, 'glass'),
      endRectangle(0.13, -1, 0, 1.7, roof - 0.42, roof - 0.1, 'rubber'), endRectangle(length + 0.01, 1, 0, 2, 1.6, roof - 0.5, 'glass'),
      ...endPair(-0.01, -1, 0.95, 0.4, 0.72, 0.92, 'headlight'), ...endPair(length + 0.01, 1, 1.08, 0.2, 0.7, 1.4, 'tail light'),
      endRectangle(length + 0.01, 1, 0, 1.2, 1.15, 1.45, 'trim'), ...wheels([2.3, length - 2.6], 0.48, 1.24),
    ] }],
  }
}

function motorcycle(random: Random): Vehicle {
  const seat = random.between(0.82, 0.9)
  const frame = drawnOut([[0.6, 0.4, 0.14], [0.35, 0.72, 0.16], [0.7, seat + 0.12, 0.17], [1.2, seat + 0.1, 0.17], [1.35, seat - 0.05, 0.15], [1.3, 0.35, 0.14]])
  const saddle = drawnOut([[1.15, seat - 0.02, 0.16], [1.2, seat + 0.06, 0.16], [1.95, seat + 0.1, 0.14], [1.95, seat, 0.14]], 'rubber')
  const cases = drawnOut([[1.35, 0.42, 0.34], [1.35, seat - 0.08, 0.36], [2.08, seat - 0.08, 0.36], [2.08, 0.42, 0.34]])
  const fork = drawnOut([[0.2, 0.3, 0.1], [0.5, 1.0, 0.1], [0.58, 1.0, 0.1], [0.32, 0.3, 0.1]], 'metal')
  return {
    length: 2.1, width: 0.8, height: 1.2, billboard: undefined,
    plates: { front: undefined, back: { along: 2.13, across: 0, up: 0.6 } },
    blocks: [
      { layer: 0, panels: [...treads([0.34, 1.74], 0.33, 0.07, 0.14), ...wheels([0.34, 1.74], 0.33, 0.07)] },
      { layer: 1, panels: [...fork, ...drawnOut([[0.5, 0.98, 0.36], [0.48, 1.04, 0.36], [0.62, 1.04, 0.38], [0.62, 0.98, 0.38]], 'trim')] },
      { layer: 1, panels: [...frame, ...drawnOut([[0.3, 0.85, 0.2], [0.42, 1.22, 0.14], [0.5, 1.22, 0.14], [0.55, 0.85, 0.2]], 'glass')] },
      { layer: 2, panels: [...cases, ...endPair(2.09, 1, 0.28, 0.1, 0.72, seat - 0.1, 'tail light')] },
      { layer: 3, panels: saddle },
    ],
  }
}

/** A pale sticker beside the plate, on some cars. */
function sticker(random: Random): Block['panels'] {
  if (random.chance(0.7)) return []
  return [endRectangle(4.315, 1, random.pick([-0.46, 0.46]), 0.2, 0.52, 0.6, 'headlight')]
}

function grille(random: Random, width: number, low: number, high: number): Block['panels'] {
  const bars = random.integer(2, 4)
  const step = (high - low) / bars
  return [
    endRectangle(-0.01, -1, 0, width, low, high, 'rubber'),
    ...Array.from({ length: bars }, (_, bar) => endRectangle(-0.015, -1, 0, width, low + bar * step, low + bar * step + step * 0.3, 'metal')),
  ]
}
