// A vehicle standing in the street: from the metres of its model to panels in the photograph, plate included.
import type { Block, Spot } from './bodywork.ts'
import { type Box, type Camera, type Place, type Point, boundsOf, distance, facing, project } from './camera.ts'
import { type Colour, type Surface, fittedLine, ink, lettering, patch, polygon } from './drawing.ts'
import { colourOf, lightOn } from './paint.ts'
import { type Plate, type TrueCharacter, boardAt, charactersOf, cornersOf, drawPlate, plateSize } from './plate.ts'
import type { Kind, Vehicle } from './vehicles.ts'

export interface Parked {
  readonly kind: Kind
  readonly colour: string
  readonly paint: Colour
  readonly vehicle: Vehicle
  readonly plate: Plate
  readonly end: 'front' | 'back'
  /** Where the middle of the end nearer to the camera stands, and how far the vehicle is turned from pointing straight away. */
  readonly x: number
  readonly z: number
  readonly yawRadians: number
  readonly slogan: string
}

function placeOf(parked: Parked, spot: Spot): Place {
  const front = parked.end === 'front'
  const along = front ? spot.along : parked.vehicle.length - spot.along
  const across = front ? spot.across : -spot.across
  const sine = Math.sin(parked.yawRadians)
  const cosine = Math.cos(parked.yawRadians)
  return { x: parked.x + along * sine + across * cosine, y: spot.up, z: parked.z + along * cosine - across * sine }
}

export function drawParked(camera: Camera, parked: Parked, sun: Place): string {
  const blocks = parked.vehicle.blocks.toSorted((one, other) =>
    one.layer - other.layer || farness(camera, parked, other) - farness(camera, parked, one))
  return [
    shadow(camera, parked),
    ...blocks.map(block => drawBlock(camera, parked, block, sun)),
    slogan(camera, parked),
    drawPlate(camera, plateBoard(parked), parked.plate, lightOn(boardCorners(parked), sun)),
  ].join('')
}

function plateBoard(parked: Parked): Surface {
  const spot = parked.vehicle.plates[parked.end]
  if (!spot) throw new Error(`A ${parked.kind} has no plate at the ${parked.end}.`)
  const middle = placeOf(parked, spot)
  const right = { x: Math.cos(parked.yawRadians), y: 0, z: -Math.sin(parked.yawRadians) }
  const half = plateSize.width / 2
  return boardAt({ x: middle.x - right.x * half, y: middle.y + plateSize.height / 2, z: middle.z - right.z * half }, right)
}

export function plateCorners(camera: Camera, parked: Parked): readonly Point[] {
  return cornersOf(camera, plateBoard(parked))
}

export function plateCharacters(camera: Camera, parked: Parked): readonly TrueCharacter[] {
  return charactersOf(camera, plateBoard(parked), parked.plate)
}

/** The box around all of the vehicle in the photograph. */
export function outlineOf(camera: Camera, parked: Parked): Box {
  const { length, width, height } = parked.vehicle
  const spots = [0, length].flatMap(along => [-width / 2, width / 2].flatMap(across => [0, height].map(up => ({ along, across, up }))))
  return boundsOf(spots.map(spot => project(camera, placeOf(parked, spot))))
}

function boardCorners(parked: Parked): readonly Place[] {
  const board = plateBoard(parked)
  return [board.at(0, 0), board.at(board.width, 0), board.at(board.width, board.height)]
}

function drawBlock(camera: Camera, parked: Parked, block: Block, sun: Place): string {
  return block.panels.map(panel => {
    const places = panel.corners.map(spot => placeOf(parked, spot))
    const points = places.map(place => project(camera, place))
    if (facing(points) <= 0) return ''
    const fill = ink(colourOf(panel.finish, parked.paint), lightOn(places, sun))
    return polygon(points, panel.finish === 'glass' ? 'url(#glass)' : fill, `stroke="${fill}" stroke-width="0.6"`)
  }).join('')
}

function shadow(camera: Camera, parked: Parked): string {
  const { length, width } = parked.vehicle
  const reach = width / 2 + 0.15
  const corners: readonly [number, number][] = [[-0.2, -reach], [-0.2, reach], [length + 0.2, reach], [length + 0.2, -reach]]
  return polygon(corners.map(([along, across]) => project(camera, placeOf(parked, { along, across, up: 0 }))), 'black', 'opacity="0.45"')
}

/** Lettering on whichever side of a van, truck or bus is in view: text that is no plate. */
function slogan(camera: Camera, parked: Parked): string {
  if (parked.slogan === '') return ''
  const pale = parked.paint[0] + parked.paint[1] + parked.paint[2] > 330
  return [billboardOn(parked, -1), billboardOn(parked, 1)].map(surface => surface && isSeen(camera, surface)
    ? lettering(camera, surface, fittedLine(surface, parked.slogan, 0.1, 0.16), pale ? '#243046' : '#e8e6dc')
    : '').join('')
}

/** The lettered part of the left (-1) or right (1) side: text runs backwards on the right side and forwards on the left. */
function billboardOn(parked: Parked, side: -1 | 1): Surface | undefined {
  const { billboard, width } = parked.vehicle
  if (!billboard) return undefined
  const { from, to, low, high } = billboard
  const along = (right: number): number => side === 1 ? from + right : to - right
  return {
    width: to - from, height: high - low,
    at: (right, down) => placeOf(parked, { along: along(right), across: side * (width / 2 + 0.03), up: high - down }),
  }
}

function isSeen(camera: Camera, surface: Surface): boolean {
  return facing(patch(camera, surface, 0, 0, surface.width, surface.height)) > 0
}

function farness(camera: Camera, parked: Parked, block: Block): number {
  const distances = block.panels.flatMap(panel => panel.corners).map(spot => distance(camera, placeOf(parked, spot)))
  return distances.reduce((sum, metres) => sum + metres, 0) / distances.length
}
