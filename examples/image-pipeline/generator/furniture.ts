// What stands on the pavement: trees, lamps and signs, some of them in the size and the proportions of a plate.
import { type Camera, project } from './camera.ts'
import { boardColours, sheet, upright } from './boards.ts'
import { type Surface, circle, fittedLine, ink, lettering, mixed, patch, polygon, stroke } from './drawing.ts'
import type { Random } from './random.ts'

const notices = ['TO LET', 'SALE', 'FOR SALE', 'P 2 H', 'ZONE 30', 'EXIT', '14', '27', '8', 'NO ENTRY', 'KEEP CLEAR', 'OPEN']

export function furniture(camera: Camera, random: Random, kerb: number): readonly string[] {
  const pieces = Array.from({ length: random.integer(3, 7) }, () => random.pick([tree, tree, tree, roadSign, roadSign, noticeBoard, noticeBoard, lamp, lamp, streetName, streetName, privateSign]))
  return pieces.map(piece => piece(camera, random, random.between(-9, 9), kerb + random.between(0.4, 2.2)))
}

function pole(camera: Camera, x: number, z: number, height: number, width: number, colour: string): string {
  return polygon(patch(camera, upright(x - width / 2, height, z, width, height), 0, 0, width, height), colour)
}

function tree(camera: Camera, random: Random, x: number, z: number): string {
  const height = random.between(3, 5.5)
  const leaf = mixed([52, 92, 44], [120, 126, 60], random.fraction())
  const crown = Array.from({ length: 14 }, () => {
    const centre = project(camera, { x: x + random.between(-1.1, 1.1), y: height + random.between(-1, 1), z })
    return circle(centre, random.between(14, 34), ink(leaf, random.between(0.6, 1.15)), 'opacity="0.9"')
  })
  return pole(camera, x, z, height, 0.25, '#4f4034') + crown.join('')
}

function lamp(camera: Camera, _random: Random, x: number, z: number): string {
  const head = project(camera, { x, y: 5.5, z })
  return pole(camera, x, z, 5.5, 0.12, '#4a4d50') + circle(head, 7, '#e9e3c4')
}

function roadSign(camera: Camera, random: Random, x: number, z: number): string {
  const centre = project(camera, { x, y: 2.5, z })
  const radius = 0.34 * camera.focalPixels / z
  const limit: Surface = upright(x - 0.2, 2.66, z, 0.4, 0.32)
  const number = lettering(camera, limit, fittedLine(limit, String(random.pick([30, 40, 50, 70])), 0.02, 0.18), '#222')
  return pole(camera, x, z, 2.5, 0.08, '#8b8d8f') + circle(centre, radius, '#b3202a') + circle(centre, radius * 0.76, '#eeeeea') + number
}

/** White on blue, at a plate's proportions. */
function streetName(camera: Camera, random: Random, x: number, z: number): string {
  const surface = upright(x - 0.5, 2.6, z, 1, 0.24)
  return pole(camera, x, z, 2.6, 0.06, '#8b8d8f') + sheet(camera, surface, random.pick(['MILL LANE', 'HIGH ST', 'PARK RD', 'QUAY 7']), [28, 60, 130], [240, 240, 240])
}

/** Dark on white, in the size and the proportions of a plate: the hardest of the signs. */
function privateSign(camera: Camera, random: Random, x: number, z: number): string {
  const surface = upright(x - 0.4, 1.5, z, 0.8, 0.22)
  return pole(camera, x, z, 1.5, 0.06, '#6d655c') + sheet(camera, surface, random.pick(['PRIVATE', 'NO ENTRY', 'STAFF', 'KEEP OUT']), [236, 236, 230], [30, 30, 34])
}

function noticeBoard(camera: Camera, random: Random, x: number, z: number): string {
  const [width, height] = [random.between(0.7, 1.3), random.between(0.35, 0.6)]
  const surface = upright(x - width / 2, 1.9, z, width, height)
  const [board, letters] = random.pick(boardColours)
  const legs = stroke([project(camera, { x, y: 0.12, z }), project(camera, { x, y: 1.4, z })], '#6d655c', 4)
  return legs + sheet(camera, surface, random.pick(notices), board, letters)
}
