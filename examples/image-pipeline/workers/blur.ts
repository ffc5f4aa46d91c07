// Makes plates unreadable for good: the region is filled with one colour of its own, and only then softened. Nothing of what was
// written there is left to sharpen, unlike after a blur or a mosaic alone, both of which have been undone.
import { type Box, grown, within } from './boxes.ts'
import type { Cv, Mat } from './cv.ts'
import { Mats } from './open-cv.ts'
import type { Picture } from './pictures.ts'

/** How far beyond the found box, as shares of its height: a found box may be a little short. */
const margin = { across: 0.5, down: 0.3 }

export function blurPlates(cv: Cv, picture: Picture, plates: readonly Box[]): Picture {
  using mats = new Mats(cv)
  const rgb = mats.bytes(picture.rgb, picture.width, picture.height, 3)
  for (const plate of plates) hide(cv, rgb, plate)
  return { ...picture, rgb: Buffer.from(rgb.data) }
}

function hide(cv: Cv, rgb: Mat, plate: Box): void {
  using mats = new Mats(cv)
  const hidden = within(grown(plate, margin.across * plate.height, margin.down * plate.height), rgb.cols, rgb.rows)
  const inside = mats.keep(rgb.roi(hidden))
  inside.setTo(groundColour(cv, mats.keep(rgb.roi(within(plate, rgb.cols, rgb.rows)))))
  soften(cv, rgb, hidden)
}

/** The board's own colour, whatever is written on it: the bright end of each channel, in steps too coarse to carry a message. */
function groundColour(cv: Cv, board: Mat): readonly number[] {
  using mats = new Mats(cv)
  const pixels = mats.mat()
  board.copyTo(pixels)
  const steps = [0, 1, 2].map(channel => {
    const values = pixels.data.filter((_, index) => index % 3 === channel).toSorted()
    return Math.round((values[Math.floor(values.length * 0.75)] ?? 0) / 16) * 16
  })
  return [...steps, 255]
}

/** Blends the filled region into what is around it, from outside in: the filling has no detail that could be lost or kept. */
function soften(cv: Cv, rgb: Mat, hidden: Box): void {
  using mats = new Mats(cv)
  const reach = Math.ceil(hidden.height * 0.25)
  const around = mats.keep(rgb.roi(within(grown(hidden, reach, reach), rgb.cols, rgb.rows)))
  cv.GaussianBlur(around, around, new cv.Size(2 * reach + 1, 2 * reach + 1), reach / 2)
}
