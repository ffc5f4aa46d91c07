// Boards with words on them, over shops and along the road: lettering that is no plate.
import type { Camera } from './camera.ts'
import { type Colour, type Surface, fittedLine, ink, lettering, patch, polygon } from './drawing.ts'

/** The ground and the letters. */
export const boardColours: readonly (readonly [Colour, Colour])[] = [
  [[150, 30, 40], [240, 236, 220]], [[24, 64, 120], [244, 244, 240]], [[30, 90, 60], [240, 220, 150]], [[40, 40, 44], [236, 200, 80]],
  [[236, 232, 220], [40, 40, 60]], [[238, 204, 90], [50, 30, 30]],
]

export const shopWords: readonly string[] = [
  'BAKERY', 'CAFE', 'BOOKS', 'PHARMACY', 'FLOWERS', 'HOTEL', 'MARKET', 'BANK 24', 'PIZZA', 'TAILOR', 'OPTICIAN', 'GARAGE', 'CITY TOURS', 'POST', 'TEL 555 0142',
]

/** A board with a word on it, as large as the board allows. */
export function sheet(camera: Camera, surface: Surface, text: string, board: Colour, letters: Colour): string {
  return polygon(patch(camera, surface, 0, 0, surface.width, surface.height), ink(board)) +
    lettering(camera, surface, fittedLine(surface, text, surface.height * 0.2, 0.15), ink(letters))
}

/** A surface that faces the camera, from its top left corner. */
export function upright(left: number, top: number, z: number, width: number, height: number): Surface {
  return { width, height, at: (across, down) => ({ x: left + across, y: top - down, z }) }
}
