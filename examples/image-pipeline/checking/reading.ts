// Tries to read plates, with every advantage: it knows where each character is and what the alphabet looks like. Each character is
// straightened and compared with all signs (normalised cross-correlation). What it cannot read better than by guessing is unreadable.
import sharp from 'sharp'
import type { TruePlate } from '../generator/scene.ts'
import { signs } from '../generator/plate.ts'
import { strokesOf } from '../generator/lettering.ts'
import type { Cv, Mat } from '../workers/cv.ts'
import { Mats, openCv } from '../workers/open-cv.ts'
import { readPicture } from '../workers/pictures.ts'

/** A character straightened, and how far around it the best match is looked for (pixels). */
const sign = { width: 24, height: 36 }
const search = 5
/** A photograph is never as sharp as the alphabet. */
const softness = 2.2

export interface Reading {
  readonly characters: number
  readonly right: number
  /** Plates of which more than half of the characters were read. */
  readonly platesRead: number
}

type Template = readonly [sign: string, pixels: Buffer]

let alphabet: Promise<readonly Template[]> | undefined

export async function readPlates(path: string, plates: readonly TruePlate[]): Promise<Reading> {
  const { cv } = await openCv()
  alphabet ??= Promise.all(signs.map(drawSign))
  const picture = await readPicture(path)
  using mats = new Mats(cv)
  const grey = mats.mat()
  cv.cvtColor(mats.bytes(picture.rgb, picture.width, picture.height, 3), grey, cv.COLOR_RGB2GRAY)
  const templates = (await alphabet).map(([name, pixels]) => ({ name, mat: mats.bytes(pixels, sign.width, sign.height, 1) }))
  const rightOn = plates.map(plate => plate.characters.filter(character => readSign(cv, grey, character.corners, templates) === character.sign).length)
  return {
    characters: plates.reduce((sum, plate) => sum + plate.characters.length, 0),
    right: rightOn.reduce((sum, right) => sum + right, 0),
    platesRead: plates.filter((plate, index) => (rightOn[index] ?? 0) > plate.characters.length / 2).length,
  }
}

function readSign(cv: Cv, grey: Mat, corners: Corners, templates: readonly { name: string; mat: Mat }[]): string {
  using mats = new Mats(cv)
  const [straight, scores] = [mats.mat(), mats.mat()]
  straighten(cv, grey, corners, straight)
  let best = { name: '', score: -Infinity }
  for (const { name, mat } of templates) {
    cv.matchTemplate(straight, mat, scores, cv.TM_CCOEFF_NORMED)
    const score = cv.minMaxLoc(scores).maxVal
    if (score > best.score) best = { name, score }
  }
  return best.name
}

type Corners = readonly { readonly x: number; readonly y: number }[]

function straighten(cv: Cv, grey: Mat, corners: Corners, target: Mat): void {
  using mats = new Mats(cv)
  const from = mats.keep(new cv.Mat(4, 1, cv.CV_32FC2))
  const to = mats.keep(new cv.Mat(4, 1, cv.CV_32FC2))
  const [left, top, right, bottom] = [search, search, search + sign.width, search + sign.height]
  from.data32F.set(corners.flatMap(corner => [corner.x, corner.y]))
  to.data32F.set([left, top, right, top, right, bottom, left, bottom])
  const matrix = mats.keep(cv.getPerspectiveTransform(from, to))
  cv.warpPerspective(grey, target, matrix, new cv.Size(sign.width + 2 * search, sign.height + 2 * search), cv.INTER_LINEAR, cv.BORDER_REPLICATE)
}

async function drawSign(name: string): Promise<Template> {
  const path = strokesOf(name).map(points => 'M' + points.map(point => `${point.x * sign.height},${point.y * sign.height}`).join(' ')).join('')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${sign.width}" height="${sign.height}"><rect width="100%" height="100%" fill="white"/>` +
    `<path d="${path}" fill="none" stroke="black" stroke-width="${sign.height * 0.155}" stroke-linejoin="round"/></svg>`
  return [name, await sharp(Buffer.from(svg)).blur(softness).greyscale().raw().toBuffer()]
}
