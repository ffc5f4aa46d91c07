// Number plates in a photograph: lines of lettering are proposed, and a trained network judges each with what is around it.
import { type Box, area, grown, scaled, shared, within } from './boxes.ts'
import type { Cv, Mat } from './cv.ts'
import { colourGrid, orientedGradients } from './features.ts'
import { type Line, proposeLines } from './lettering.ts'
import { Network } from './network.ts'
import { Mats } from './open-cv.ts'
import { cut } from './patches.ts'
import type { Picture } from './pictures.ts'

/** Larger photographs are searched in a copy of this width (pixels), in which letters have the size the search expects. */
const searchWidth = 1024
const patch = { width: 72, height: 32 }
const likelyEnough = 0.5
/** Two finds that share more than this part of the smaller one are the same plate. */
const sameShare = 0.3

export interface Found { readonly box: Box; readonly features: Float32Array }

let network: Network | undefined

export function findPlates(cv: Cv, picture: Picture): readonly Box[] {
  network ??= Network.read(new URL('models/plates.json', import.meta.url))
  const judge = network
  const likely = describeLines(cv, picture)
    .map(found => ({ box: found.box, probability: judge.probabilities(found.features)[judge.labels.indexOf('plate')] ?? 0 }))
    .filter(found => found.probability >= likelyEnough)
    .toSorted((one, other) => other.probability - one.probability)
  return distinct(likely.map(found => within(found.box, picture.width, picture.height)))
}

/** Every line of lettering with the box a plate around it would have, and the features by which it is judged. */
export function describeLines(cv: Cv, picture: Picture): readonly Found[] {
  using mats = new Mats(cv)
  const scale = Math.min(1, searchWidth / picture.width)
  const rgb = reduced(cv, mats.bytes(picture.rgb, picture.width, picture.height, 3), scale, mats)
  const grey = mats.mat()
  cv.cvtColor(rgb, grey, cv.COLOR_RGB2GRAY)
  return proposeLines(cv, grey).map(line => {
    const board = boardAround(line)
    return { box: scaled(board, 1 / scale), features: describe(cv, rgb, grey, board) }
  })
}

function reduced(cv: Cv, rgb: Mat, scale: number, mats: Mats): Mat {
  if (scale === 1) return rgb
  const small = mats.mat()
  cv.resize(rgb, small, new cv.Size(Math.round(rgb.cols * scale), Math.round(rgb.rows * scale)), 0, 0, cv.INTER_AREA)
  return small
}

/** The margins that a plate has around its letters. */
function boardAround(line: Line): Box {
  return grown(line, 0.3 * line.letterHeight, 0.34 * line.letterHeight)
}

function describe(cv: Cv, rgb: Mat, grey: Mat, board: Box): Float32Array {
  using mats = new Mats(cv)
  const window = grown(board, 0.15 * board.width, 0.5 * board.height)
  const shape = orientedGradients(cv, cut(cv, grey, window, patch, mats.mat()))
  const colours = cut(cv, rgb, window, patch, mats.mat())
  return Float32Array.from([...shape, ...colourGrid(cv, colours, 9, 4, cv.mean(colours))])
}

function distinct(boxes: readonly Box[]): readonly Box[] {
  const kept: Box[] = []
  for (const box of boxes) {
    if (kept.every(other => shared(box, other) < sameShare * Math.min(area(box), area(other)))) kept.push(box)
  }
  return kept
}
