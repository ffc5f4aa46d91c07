// Numbers that describe a patch of a picture: histograms of oriented gradients for its shape, a coarse grid for its colours.
import type { Cv, Mat } from './cv.ts'
import { Mats } from './open-cv.ts'

const cellPixels = 8
const orientations = 9
/** Dalal and Triggs 2005: cut a block's values here, so that one strong edge cannot drown the rest. */
const clip = 0.2
/** Below this brightness a tint is grain rather than colour. */
const darkest = 0.1

/** Histograms of oriented gradients of a grey patch whose sides are multiples of 8 pixels, each cell normalised with its neighbours. */
export function orientedGradients(cv: Cv, grey: Mat): Float32Array {
  using mats = new Mats(cv)
  const [across, down, length, angle] = [mats.mat(), mats.mat(), mats.mat(), mats.mat()]
  cv.Sobel(grey, across, cv.CV_32F, 1, 0)
  cv.Sobel(grey, down, cv.CV_32F, 0, 1)
  cv.cartToPolar(across, down, length, angle)
  const columns = Math.floor(grey.cols / cellPixels)
  const rows = Math.floor(grey.rows / cellPixels)
  return normalised(histograms(length.data32F, angle.data32F, grey.cols, columns, rows), columns, rows)
}

function histograms(lengths: Float32Array, angles: Float32Array, width: number, columns: number, rows: number): Float32Array {
  const cells = new Float32Array(columns * rows * orientations)
  for (let y = 0; y < rows * cellPixels; y++) {
    for (let x = 0; x < columns * cellPixels; x++) {
      const at = y * width + x
      const turn = ((angles[at] ?? 0) / Math.PI * orientations) % orientations
      const bin = Math.floor(turn)
      const share = turn - bin
      const cell = (Math.floor(y / cellPixels) * columns + Math.floor(x / cellPixels)) * orientations
      const strength = lengths[at] ?? 0
      add(cells, cell + bin % orientations, strength * (1 - share))
      add(cells, cell + (bin + 1) % orientations, strength * share)
    }
  }
  return cells
}

function normalised(cells: Float32Array, columns: number, rows: number): Float32Array {
  const features = new Float32Array(cells.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const scale = 1 / Math.sqrt(energyAround(cells, columns, rows, column, row) + 1)
      const start = (row * columns + column) * orientations
      for (let bin = start; bin < start + orientations; bin++) features[bin] = Math.min(clip, (cells[bin] ?? 0) * scale) / clip
    }
  }
  return features
}

function energyAround(cells: Float32Array, columns: number, rows: number, column: number, row: number): number {
  let energy = 0
  for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
      const start = (y * columns + x) * orientations
      for (let bin = start; bin < start + orientations; bin++) energy += (cells[bin] ?? 0) ** 2
    }
  }
  return energy
}

/** Of each field of a coarse grid: how bright it is under the given light, how red rather than green, and how blue rather than either. */
export function colourGrid(cv: Cv, rgb: Mat, columns: number, rows: number, light: readonly number[]): Float32Array {
  using mats = new Mats(cv)
  const small = mats.mat()
  cv.resize(rgb, small, new cv.Size(columns, rows), 0, 0, cv.INTER_AREA)
  const features = new Float32Array(columns * rows * 3)
  for (let index = 0; index < features.length; index += 3) {
    const [red = 0, green = 0, blue = 0] = [0, 1, 2].map(channel => (small.data[index + channel] ?? 0) / Math.max(8, light[channel] ?? 1))
    const brightness = (red + green + blue) / 3
    const scale = 1 / (brightness + darkest)
    features.set([Math.min(3, brightness), (red - green) * scale, (blue - (red + green) / 2) * scale], index)
  }
  return features
}

function add(values: Float32Array, index: number, amount: number): void {
  values[index] = (values[index] ?? 0) + amount
}
