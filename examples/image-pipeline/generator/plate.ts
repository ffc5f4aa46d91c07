// A number plate: dark characters on a white or yellow board, and the true corners it has in the photograph.
import { type Camera, type Place, type Point } from './camera.ts'
import { type Colour, type Surface, fittedLine, ink, lettering, mixed, patch, polygon } from './drawing.ts'
import { letterBox } from './lettering.ts'
import type { Random } from './random.ts'

export const plateSize = { width: 0.62, height: 0.16 }

/** No I, O or Q, as on real plates: they look like digits. */
const letters = 'ABCDEFGHJKLMNPRSTUVWXYZ'
const digits = '0123456789'
export const signs: readonly string[] = [...letters, ...digits]
const formats = ['LLDD LLL', 'LLL DDDD', 'LL DDD LL', 'D LLL DDD', 'LLL DDD']

export interface Plate { readonly text: string; readonly board: Colour; readonly band: boolean; readonly frame: boolean }

export function newPlate(random: Random): Plate {
  const text = [...random.pick(formats)].map(sign => sign === 'L' ? random.letters(letters, 1) : sign === 'D' ? random.letters(digits, 1) : sign).join('')
  const board = random.chance(0.65) ? [232, 232, 226] as const : [238, 196, 52] as const
  return { text, board: mixed(board, [120, 112, 100], random.between(0, 0.18)), band: random.chance(0.6), frame: random.chance(0.5) }
}

/** The strip of the board that carries the text; the band at the left carries a country. */
function textArea(plate: Plate, board: Surface): Surface {
  const left = plate.band ? board.width * 0.09 : 0
  return { width: board.width - left, height: board.height, at: (across, down) => board.at(left + across, down) }
}

function textLine(plate: Plate, board: Surface): ReturnType<typeof fittedLine> {
  return fittedLine(textArea(plate, board), plate.text, 0.026, 0.155)
}

export function drawPlate(camera: Camera, board: Surface, plate: Plate, light: number): string {
  const rim = 0.022
  const parts = [
    plate.frame ? polygon(patch(camera, board, -rim, -rim, board.width + 2 * rim, board.height + 2 * rim), ink([26, 26, 28])) : '',
    polygon(patch(camera, board, 0, 0, board.width, board.height), ink(plate.board, light), `stroke="${ink([60, 60, 60], light)}" stroke-width="0.7"`),
    plate.band ? polygon(patch(camera, board, 0, 0, board.width * 0.085, board.height), ink([24, 52, 150], light)) : '',
    lettering(camera, textArea(plate, board), textLine(plate, board), ink([22, 22, 26], light)),
  ]
  return parts.join('')
}

export function cornersOf(camera: Camera, board: Surface): readonly Point[] {
  return patch(camera, board, 0, 0, board.width, board.height)
}

export interface TrueCharacter { readonly sign: string; readonly corners: readonly Point[] }

/** Where each character is in the photograph: what a reader would have to look at. */
export function charactersOf(camera: Camera, board: Surface, plate: Plate): readonly TrueCharacter[] {
  const area = textArea(plate, board)
  const line = textLine(plate, board)
  return [...plate.text].flatMap((sign, index) => {
    const { left, width } = letterBox(index)
    return sign === ' ' ? [] : [{ sign, corners: patch(camera, area, line.left + left * line.height, line.top, width * line.height, line.height) }]
  })
}

export function boardAt(topLeft: Place, right: Place): Surface {
  return {
    ...plateSize,
    at: (across, down) => ({ x: topLeft.x + right.x * across, y: topLeft.y - down, z: topLeft.z + right.z * across }),
  }
}
