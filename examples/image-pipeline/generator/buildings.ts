// The far side of the street: house fronts with windows, and a shop with its sign in each.
import type { Camera } from './camera.ts'
import { boardColours, sheet, shopWords, upright } from './boards.ts'
import { type Colour, type Surface, ink, mixed, patch, polygon } from './drawing.ts'
import type { Random } from './random.ts'

const walls: readonly Colour[] = [[176, 148, 120], [150, 84, 66], [196, 188, 170], [132, 136, 142], [206, 180, 132], [112, 98, 92], [168, 160, 166]]

export function buildings(camera: Camera, random: Random, z: number): readonly string[] {
  const drawn: string[] = []
  const reach = (camera.width / 2 / camera.focalPixels) * z + 2
  for (let left = -reach - random.between(0, 4); left < reach;) {
    const width = random.between(5, 9)
    if (random.chance(0.88)) drawn.push(building(camera, random, upright(left, random.between(5, 13), z, width, 0)))
    left += width + (random.chance(0.2) ? random.between(1, 3) : 0)
  }
  return drawn
}

function building(camera: Camera, random: Random, front: Surface): string {
  const height = front.at(0, 0).y
  const wall = random.pick(walls)
  const shade = random.between(0.75, 1.05)
  const panes: string[] = [polygon(patch(camera, front, 0, 0, front.width, height), ink(wall, shade))]
  const columns = Math.floor(front.width / random.between(1.4, 2))
  const step = front.width / columns
  const [paneWidth, paneHeight] = [step * random.between(0.4, 0.6), random.between(1.1, 1.6)]
  for (let down = 0.7; down + paneHeight < height - 3.6; down += 2.6) {
    for (let column = 0; column < columns; column++) {
      const left = (column + 0.5) * step - paneWidth / 2
      panes.push(polygon(patch(camera, front, left, down, paneWidth, paneHeight), 'url(#glass)', `stroke="${ink(wall, shade * 1.2)}" stroke-width="1.6"`))
    }
  }
  return panes.join('') + shop(camera, random, front, height)
}

function shop(camera: Camera, random: Random, front: Surface, height: number): string {
  const [board, letters] = random.pick(boardColours)
  const sign: Surface = { width: front.width - 1, height: random.between(0.5, 0.8), at: (across, down) => front.at(0.5 + across, height - 3.5 + down) }
  const window = polygon(patch(camera, front, 0.5, height - 2.6, front.width * 0.6, 1.9), 'url(#glass)', 'stroke="#3a3633" stroke-width="2"')
  const door = polygon(patch(camera, front, front.width * 0.75, height - 2.4, 1, 2.4), ink(mixed(board, [60, 50, 44], 0.5)))
  const number: Surface = { width: 0.34, height: 0.24, at: (across, down) => front.at(front.width * 0.75 + 0.33 + across, height - 1.8 + down) }
  return window + door + sheet(camera, sign, random.pick(shopWords), board, letters) + sheet(camera, number, String(random.integer(1, 99)), [236, 236, 230], [30, 30, 40])
}
