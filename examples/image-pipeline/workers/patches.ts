// A window of a photograph, brought to a fixed size. Beyond the edge of the photograph its last pixels go on.
import type { Box } from './boxes.ts'
import type { Cv, Mat, Size } from './cv.ts'
import { Mats } from './open-cv.ts'

/** Cut from a photograph that was smoothed as far as it is made smaller, or fine grain would turn into coarse. */
export function cut(cv: Cv, photograph: Mat, window: Box, size: Size, target: Mat): Mat {
  using mats = new Mats(cv)
  const matrix = mats.keep(new cv.Mat(2, 3, cv.CV_64F))
  const across = size.width / window.width
  const down = size.height / window.height
  matrix.data64F.set([across, 0, -window.x * across, 0, down, -window.y * down])
  cv.warpAffine(photograph, target, matrix, new cv.Size(size.width, size.height), cv.INTER_LINEAR, cv.BORDER_REPLICATE)
  return target
}
