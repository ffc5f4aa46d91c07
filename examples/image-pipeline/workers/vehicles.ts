// Vehicles in a photograph, found by their plates (blurred or not): a plate has a known size, so it tells how large a window around it
// shows the same part of every vehicle. Trained networks then name the kind by shape and the colour by paint.
import type { Box } from './boxes.ts'
import type { Cv, Mat } from './cv.ts'
import { colourGrid, orientedGradients } from './features.ts'
import { Network } from './network.ts'
import { Mats } from './open-cv.ts'
import { cut } from './patches.ts'
import type { Picture } from './pictures.ts'

/** What a crop shows, in units of the plate's size (the root of its area): this far to each side, up and down. */
const view = { aside: 8.4, up: 8.7, down: 2.5 }
const cropSize = { width: 192, height: 128 }
const patch = { width: 96, height: 64 }
/** The part of the patch around the plate, where there is more paint than street. */
const bodywork = { x: 24, y: 16, width: 48, height: 48 }
/** How bright asphalt is made, so that paint looks the same by day and by night. */
const asphalt = 110

/** What the network for kinds says of a window without a vehicle. */
export const noVehicle = 'none'

export interface Vehicle { readonly kind: string; readonly colour: string }

let networks: { readonly kinds: Network; readonly colours: Network } | undefined

/** A window around every plate, in daylight. */
export function cropVehicles(cv: Cv, picture: Picture, plates: readonly Box[]): readonly Picture[] {
  using mats = new Mats(cv)
  const rgb = mats.bytes(picture.rgb, picture.width, picture.height, 3)
  // A crop is smaller than what it shows: without this, grain would turn into spots.
  cv.GaussianBlur(rgb, rgb, new cv.Size(5, 5), 1)
  const gains = lightOf(picture).map(light => asphalt / light)
  return plates.map(plate => crop(cv, rgb, plate, gains))
}

function crop(cv: Cv, rgb: Mat, plate: Box, gains: readonly number[]): Picture {
  using mats = new Mats(cv)
  const unit = Math.sqrt(plate.width * plate.height)
  const centre = { x: plate.x + plate.width / 2, y: plate.y + plate.height / 2 }
  const window = { x: centre.x - view.aside * unit, y: centre.y - view.up * unit, width: 2 * view.aside * unit, height: (view.up + view.down) * unit }
  const pixels = cut(cv, rgb, window, cropSize, mats.mat()).data
  return { ...cropSize, rgb: Buffer.from(pixels.map((value, index) => Math.min(255, value * (gains[index % 3] ?? 1)))) }
}

/** The light of the scene, as the road shows it: the middle value of the lowest tenth of the photograph. */
function lightOf({ rgb, width, height }: Picture): readonly number[] {
  const start = Math.floor(height * 0.9) * width * 3
  return [0, 1, 2].map(channel => {
    const counts = new Uint32Array(256)
    for (let index = start + channel; index < rgb.length; index += 3) counts[rgb[index] ?? 0]! += 1
    return Math.max(8, middleOf(counts))
  })
}

function middleOf(counts: Uint32Array): number {
  const half = counts.reduce((sum, count) => sum + count, 0) / 2
  let passed = 0
  return counts.findIndex(count => (passed += count) >= half)
}

/** Undefined when the crop shows no vehicle: its "plate" was some other board. */
export function nameVehicle(cv: Cv, picture: Picture): Vehicle | undefined {
  networks ??= {
    kinds: Network.read(new URL('models/kinds.json', import.meta.url)),
    colours: Network.read(new URL('models/colours.json', import.meta.url)),
  }
  const { kinds, colours } = networks
  const views = [picture, mirrored(cv, picture)].map(view => describeVehicle(cv, view))
  const kind = kinds.agree(views.map(view => view.shape))
  return kind === noVehicle ? undefined : { kind, colour: colours.agree(views.map(view => view.paint)) }
}

/** A vehicle seen in a mirror is the same vehicle: a second opinion for the networks, and a second example to learn from. */
export function mirrored(cv: Cv, picture: Picture): Picture {
  using mats = new Mats(cv)
  const turned = mats.mat()
  cv.flip(mats.bytes(picture.rgb, picture.width, picture.height, 3), turned, 1)
  return { ...picture, rgb: Buffer.from(turned.data) }
}

export function describeVehicle(cv: Cv, picture: Picture): { readonly shape: Float32Array; readonly paint: Float32Array } {
  using mats = new Mats(cv)
  const [small, grey] = [mats.mat(), mats.mat()]
  cv.resize(mats.bytes(picture.rgb, picture.width, picture.height, 3), small, new cv.Size(patch.width, patch.height), 0, 0, cv.INTER_AREA)
  cv.cvtColor(small, grey, cv.COLOR_RGB2GRAY)
  const light = [asphalt, asphalt, asphalt]
  return {
    shape: Float32Array.from([...orientedGradients(cv, grey), ...colourGrid(cv, small, 12, 8, light)]),
    paint: colourGrid(cv, mats.keep(small.roi(new cv.Rect(bodywork.x, bodywork.y, bodywork.width, bodywork.height))), 12, 12, light),
  }
}
