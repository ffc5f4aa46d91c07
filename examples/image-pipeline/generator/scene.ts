// One street with its vehicles: where they stand, what the picture is, and the truth about it. A vehicle is only accepted where
// every plate stays in full view.
import { shopWords } from './boards.ts'
import { type Box, type Camera, type Point, areaOf, boundsOf, grown, overlap } from './camera.ts'
import { type Parked, drawParked, outlineOf, plateCharacters, plateCorners } from './parked.ts'
import { paints, sprayed } from './paint.ts'
import { type TrueCharacter, newPlate } from './plate.ts'
import type { Random } from './random.ts'
import { definitions, drawStreet } from './street.ts'
import { kinds, models } from './vehicles.ts'

export interface TrueVehicle { readonly kind: string; readonly colour: string; readonly plate: TruePlate }
export interface TruePlate {
  readonly text: string
  /** Top left, top right, bottom right, bottom left, in pixels. */
  readonly corners: readonly Point[]
  readonly characters: readonly TrueCharacter[]
}
export interface Scene { readonly svg: string; readonly width: number; readonly height: number; readonly vehicles: readonly TrueVehicle[] }

const frame = { width: 960, height: 640 }
const attemptsPerVehicle = 40

export function drawScene(random: Random): Scene {
  const camera: Camera = { ...frame, focalPixels: random.between(1080, 1220), heightMetres: random.between(1.8, 3), pitchRadians: random.between(0.07, 0.14) }
  const parked = parkAll(camera, random)
  const azimuth = random.between(-1.2, 1.2)
  const sun = { x: 0.75 * Math.sin(azimuth), y: 0.55, z: -0.75 * Math.cos(azimuth) }
  const drawn = [definitions(random), drawStreet(camera, random), ...parked.map(one => drawParked(camera, one, sun))]
  return {
    ...frame,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${frame.width}" height="${frame.height}">${drawn.join('')}</svg>`,
    vehicles: parked.map(one => truthOf(camera, one)),
  }
}

function truthOf(camera: Camera, parked: Parked): TrueVehicle {
  const plate = { text: parked.plate.text, corners: plateCorners(camera, parked), characters: plateCharacters(camera, parked) }
  return { kind: parked.kind, colour: parked.colour, plate }
}

/** Far to near, the order in which they are drawn. */
function parkAll(camera: Camera, random: Random): readonly Parked[] {
  const wanted = random.integer(1, 4)
  const parked: Parked[] = []
  for (let attempt = 0; parked.length < wanted && attempt < wanted * attemptsPerVehicle; attempt++) {
    const candidate = park(random, attempt === 0)
    if (fits(camera, candidate, parked)) parked.push(candidate)
  }
  return parked.toSorted((one, other) => other.z - one.z)
}

function park(random: Random, central: boolean): Parked {
  const kind = random.pick(kinds)
  const [colour, paint] = random.pick(Object.entries(paints))
  const vehicle = models[kind](random)
  const facingBack = vehicle.plates.front === undefined || random.chance(0.5)
  return {
    kind, colour, vehicle, paint: sprayed(random, paint), plate: newPlate(random), end: facingBack ? 'back' : 'front',
    x: random.between(-3.6, 3.6) * (central ? 0.4 : 1), z: random.between(7, 11.5),
    yawRadians: random.between(-0.7, 0.7), slogan: random.chance(0.6) ? random.pick(shopWords) : '',
  }
}

function fits(camera: Camera, candidate: Parked, parked: readonly Parked[]): boolean {
  const plate = boundsOf(plateCorners(camera, candidate))
  const inFrame = plate.left > 6 && plate.top > 6 && plate.right < frame.width - 6 && plate.bottom < frame.height - 6
  const end = endInFrame(camera, candidate)
  return inFrame && end && parked.every(other => apart(camera, candidate, other))
}

/** Most of the end with the plate is in the picture, so that a person could name the vehicle. */
function endInFrame(camera: Camera, candidate: Parked): boolean {
  const outline = outlineOf(camera, candidate)
  const seen = overlap(outline, { left: 0, top: 0, right: frame.width, bottom: frame.height })
  return seen > 0.6 * areaOf(outline)
}

function apart(camera: Camera, one: Parked, other: Parked): boolean {
  const [near, far] = one.z < other.z ? [one, other] : [other, one]
  const nearBox = outlineOf(camera, near)
  const hiddenPlate = overlap(nearBox, grown(boundsOf(plateCorners(camera, far)), 8)) > 0
  return !hiddenPlate && !crowded(nearBox, outlineOf(camera, far))
}

function crowded(near: Box, far: Box): boolean {
  return overlap(near, far) > 0.2 * Math.min(areaOf(near), areaOf(far))
}
