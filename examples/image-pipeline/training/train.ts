// Teaches the workers' three networks on generated photographs and writes workers/models: node examples/image-pipeline/training/train.ts
// Seeds 1 to 20 belong to training. No figure that is reported may come from them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { TrueVehicle } from '../generator/scene.ts'
import { type TruePhoto, generatePhotos } from '../generator/photos.ts'
import { blurPlates } from '../workers/blur.ts'
import { type Box, area, shared } from '../workers/boxes.ts'
import { type Model, Network } from '../workers/network.ts'
import { openCv } from '../workers/open-cv.ts'
import { type Picture, readPicture } from '../workers/pictures.ts'
import { describeLines } from '../workers/plates.ts'
import { cropVehicles, describeVehicle, mirrored, noVehicle } from '../workers/vehicles.ts'
import { type Example, learn, sequence } from './learn.ts'

const { values } = parseArgs({ options: { photos: { type: 'string', default: '100' } } })
const trainingSeeds = Array.from({ length: 17 }, (_, index) => index + 1)
const validationSeeds = [18, 19, 20]
/** A proposed box is a plate from this overlap (intersection over union) on, and none below the other; what is between teaches nothing. */
const overlaps = { plate: 0.5, other: 0.35 }

interface Lessons { readonly plates: Example[]; readonly kinds: Example[]; readonly colours: Example[] }

const next = sequence(11)
const { cv } = await openCv()
const training = await collect(trainingSeeds)
const validation = await collect(validationSeeds)
await teach('plates', 24, 10)
await teach('kinds', 32, 12)
await teach('colours', 16, 8)

async function teach(name: keyof Lessons, hidden: number, epochs: number): Promise<void> {
  const labels = [...new Set(training[name].map(example => example.label))].toSorted()
  const model = learn(training[name], { labels, hidden, epochs })
  await writeFile(new URL(`../workers/models/${name}.json`, import.meta.url), JSON.stringify(model))
  console.log(`${name}: ${training[name].length} examples; right on ${share(model, training[name])} of them and ${share(model, validation[name])} of those held back`)
}

function share(model: Model, examples: readonly Example[]): string {
  const network = new Network(model)
  const right = examples.filter(example => network.agree([example.features]) === example.label)
  return `${(100 * right.length / examples.length).toFixed(2)} %`
}

async function collect(seeds: readonly number[]): Promise<Lessons> {
  const lessons: Lessons = { plates: [], kinds: [], colours: [] }
  for (const seed of seeds) {
    const folder = await mkdtemp(join(tmpdir(), 'training-'))
    const truth = await generatePhotos({ folder, truth: `${folder}.json`, count: Number(values.photos), seed })
    for (const photo of truth.photos) await study(join(folder, photo.name), photo, lessons)
    await Promise.all([folder, `${folder}.json`].map(path => rm(path, { recursive: true })))
  }
  return lessons
}

async function study(path: string, photo: TruePhoto, lessons: Lessons): Promise<void> {
  const picture = await readPicture(path)
  const plates = photo.vehicles.map(vehicle => boxAround(vehicle.plate.corners))
  const blurred = blurPlates(cv, picture, plates)
  for (const { box, features } of describeLines(cv, picture)) {
    const overlap = plates.map(plate => intersectionOverUnion(plate, box))
    const most = Math.max(...overlap)
    if (most >= overlaps.plate) {
      lessons.plates.push({ features, label: 'plate' })
      if (next() < 0.4) studyVehicle(blurred, box, photo.vehicles[overlap.indexOf(most)], lessons)
    } else if (most < overlaps.other) {
      lessons.plates.push({ features, label: 'other' })
      if (most === 0 && next() < 0.03) studyVehicle(blurred, box, undefined, lessons)
    }
  }
}

/** Seen as it is and in a mirror, a little nearer or farther than found. What is no vehicle has a kind too: none. */
function studyVehicle(blurred: Picture, box: Box, vehicle: TrueVehicle | undefined, lessons: Lessons): void {
  const stretch = 0.92 + 0.16 * next()
  for (const crop of cropVehicles(cv, blurred, [{ ...box, width: box.width * stretch, height: box.height * stretch }])) {
    for (const seen of [crop, mirrored(cv, crop)]) {
      const { shape, paint } = describeVehicle(cv, seen)
      lessons.kinds.push({ features: shape, label: vehicle?.kind ?? noVehicle })
      if (vehicle) lessons.colours.push({ features: paint, label: vehicle.colour })
    }
  }
}

function boxAround(corners: readonly { readonly x: number; readonly y: number }[]): Box {
  const xs = corners.map(corner => corner.x)
  const ys = corners.map(corner => corner.y)
  return { x: Math.min(...xs), y: Math.min(...ys), width: Math.max(...xs) - Math.min(...xs), height: Math.max(...ys) - Math.min(...ys) }
}

function intersectionOverUnion(one: Box, other: Box): number {
  const both = shared(one, other)
  return both / (area(one) + area(other) - both)
}
