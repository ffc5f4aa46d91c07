// Where in a photograph a line of dark lettering on a lighter ground might be: thin dark marks of a letter's size are found, then
// chained from left to right. It may propose too much, never too little: the judgement whether a line is a plate comes after.
import type { Cv, Mat } from './cv.ts'
import { Mats } from './open-cv.ts'
import type { Box } from './boxes.ts'

/** Pen strokes narrower than this are lettering (pixels). */
const strokePixels = 9
/** How far grain is smoothed away (sigma, pixels), and how much darker than its ground a stroke then is, as shares of the ground: faint
 * letters need the low ones, letters that nearly touch the high ones, letters in the dark the strong smoothing. */
const searches = [{ smoothing: 0.6, contrasts: [0.22, 0.34, 0.46] }, { smoothing: 1.2, contrasts: [0.14, 0.24] }]
const fewestLetters = 4

export interface Line extends Box {
  /** How tall its letters are; a slanting line is taller than they. */
  readonly letterHeight: number
}

export function proposeLines(cv: Cv, grey: Mat): readonly Line[] {
  using mats = new Mats(cv)
  return searches.flatMap(({ smoothing, contrasts }) => {
    const darkness = relativeDarkness(cv, grey, smoothing, mats)
    return contrasts.flatMap(contrast => chained(letterMarks(cv, darkness, contrast)))
  })
}

/** A black hat divided by its ground, so that a letter is as dark by night as by day; the grain of the photograph is damped. */
function relativeDarkness(cv: Cv, grey: Mat, smoothing: number, mats: Mats): Mat {
  const [smooth, ground, depth] = [mats.mat(), mats.mat(), mats.mat()]
  const kernel = mats.keep(cv.getStructuringElement(cv.MORPH_RECT, new cv.Size(strokePixels, strokePixels)))
  cv.GaussianBlur(grey, smooth, new cv.Size(5, 5), smoothing)
  cv.morphologyEx(smooth, ground, cv.MORPH_CLOSE, kernel)
  cv.subtract(ground, smooth, depth)
  const grain = cv.mean(depth)[0] ?? 0
  ground.convertTo(ground, -1, 1, grain)
  cv.divide(depth, ground, depth, 255)
  return depth
}

function letterMarks(cv: Cv, darkness: Mat, contrast: number): readonly Box[] {
  using mats = new Mats(cv)
  const [marks, labels, statistics, centres] = [mats.mat(), mats.mat(), mats.mat(), mats.mat()]
  cv.threshold(darkness, marks, contrast * 255, 255, cv.THRESH_BINARY)
  const count = cv.connectedComponentsWithStats(marks, labels, statistics, centres, 8)
  const boxes: Box[] = []
  for (let label = 1; label < count; label++) {
    const [x = 0, y = 0, width = 0, height = 0] = statistics.data32S.subarray(label * 5, label * 5 + 4)
    const box = { x, y, width, height }
    if (isLetter(box)) boxes.push(box)
  }
  return boxes.toSorted((one, other) => one.x - other.x)
}

/** One letter, or a few that run into each other. */
function isLetter({ width, height }: Box): boolean {
  return height >= 5 && height <= 26 && width >= 1 && width <= 4 * height
}

/** Lines of marks of like height that follow each other closely, each mark continuing the nearest line that it fits. */
function chained(marks: readonly Box[]): readonly Line[] {
  const lines: Box[][] = []
  for (const mark of marks) {
    const line = lines.findLast(line => continues(line.at(-1), mark))
    if (line) line.push(mark)
    else lines.push([mark])
  }
  return lines.filter(line => letterCount(line) >= fewestLetters).map(around)
}

function continues(last: Box | undefined, mark: Box): boolean {
  if (!last) return false
  const tall = Math.max(last.height, mark.height)
  const gap = mark.x - last.x - last.width
  const level = Math.abs(last.y + last.height / 2 - mark.y - mark.height / 2)
  return gap < 1.7 * tall && gap > -0.5 * tall && level < 0.45 * tall + 0.3 * Math.max(0, gap) && Math.min(last.height, mark.height) > 0.6 * tall
}

/** Letters that run into each other count by their width. */
function letterCount(line: readonly Box[]): number {
  return line.reduce((sum, mark) => sum + Math.max(1, Math.round(mark.width / mark.height / 0.75)), 0)
}

function around(line: readonly Box[]): Line {
  const left = Math.min(...line.map(mark => mark.x))
  const top = Math.min(...line.map(mark => mark.y))
  const right = Math.max(...line.map(mark => mark.x + mark.width))
  const bottom = Math.max(...line.map(mark => mark.y + mark.height))
  const heights = line.map(mark => mark.height).toSorted((one, other) => one - other)
  return { x: left, y: top, width: right - left, height: bottom - top, letterHeight: heights[heights.length >> 1] ?? 0 }
}
