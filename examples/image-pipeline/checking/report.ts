// Everything that is measured of a finished run, and whether it is good enough.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { TruePhoto, Truth } from '../generator/photos.ts'
import type { TruePlate } from '../generator/scene.ts'
import { detectPlates } from '../workers/vision.ts'
import { type Census, compareCensus, misplaced, trueCensus } from './census.ts'
import { matchPlates, untouched } from './plates.ts'
import { readPlates } from './reading.ts'

export interface Output {
  readonly truth: Truth
  /** The folder of the originals, or of photographs generated again from the same seed. */
  readonly photos: string
  readonly blurred: string
  readonly census: Census
}

export interface Row { readonly measure: string; readonly value: string; readonly expected: string; readonly passed: boolean }

interface Sums {
  plates: number; finds: number; matched: number; foundAfter: number; overlooked: number; missing: number
  characters: number; readBefore: number; charactersAfter: number; readAfter: number; platesReadBefore: number; platesReadAfter: number
}

/** The share of characters and plates the reader must read before blurring, or its failing afterwards would prove nothing. */
const readableBefore = 0.6
const wanted = 0.95

export async function checkOutput(output: Output): Promise<readonly Row[]> {
  const sums: Sums = {
    plates: 0, finds: 0, matched: 0, foundAfter: 0, overlooked: 0, missing: 0, characters: 0, readBefore: 0, charactersAfter: 0, readAfter: 0, platesReadBefore: 0, platesReadAfter: 0,
  }
  for (const photo of output.truth.photos) await measure(output, photo, sums)
  return [...plateRows(output.truth, sums), ...censusRows(output)]
}

async function measure(output: Output, photo: TruePhoto, sums: Sums): Promise<void> {
  const plates = photo.vehicles.map(vehicle => vehicle.plate)
  const original = join(output.photos, photo.name)
  const blurred = join(output.blurred, photo.name)
  const finds = (await detect(original)).plates
  const tally = matchPlates(plates, finds)
  sums.plates += tally.plates
  sums.finds += tally.finds
  sums.matched += tally.matched
  const before = await readPlates(original, plates)
  sums.characters += before.characters
  sums.readBefore += before.right
  sums.platesReadBefore += before.platesRead
  if (!await exists(blurred)) sums.missing += 1
  else await measureAfter(blurred, plates, untouched(plates, finds), sums)
}

/** An overlooked plate was never blurred: it counts against the recall, and apart from those whose blurring failed. */
async function measureAfter(blurred: string, plates: readonly TruePlate[], overlooked: readonly TruePlate[], sums: Sums): Promise<void> {
  const hidden = plates.filter(plate => !overlooked.includes(plate))
  const finds = (await detect(blurred)).plates
  const after = await readPlates(blurred, hidden)
  sums.overlooked += overlooked.length
  sums.foundAfter += hidden.length - untouched(hidden, finds).length
  sums.charactersAfter += after.characters
  sums.readAfter += after.right
  sums.platesReadAfter += after.platesRead
}

function plateRows(truth: Truth, sums: Sums): readonly Row[] {
  const guessed = blindGuess(truth)
  const atChance = guessed + 3 * Math.sqrt(guessed * (1 - guessed) / Math.max(1, sums.charactersAfter))
  return [
    row('photographs without a blurred copy', sums.missing, String, 'none', value => value === 0),
    row('plates found (recall)', sums.matched / sums.plates, percent, `at least ${percent(wanted)}`, value => value >= wanted),
    row('finds that are plates (precision)', sums.matched / sums.finds, percent, `at least ${percent(wanted)}`, value => value >= wanted),
    row('plates overlooked, so never blurred', sums.overlooked / sums.plates, percent, `at most ${percent(1 - wanted)}`, value => value <= 1 - wanted),
    row('blurred plates found again', sums.foundAfter, String, 'none', value => value === 0),
    row('characters read before blurring', sums.readBefore / sums.characters, percent, `at least ${percent(readableBefore)}`, value => value >= readableBefore),
    row('plates read before blurring', sums.platesReadBefore / sums.plates, percent, `at least ${percent(readableBefore)}`, value => value >= readableBefore),
    row('blurred plates still read', sums.platesReadAfter, String, 'none', value => value === 0),
    row('characters read on blurred plates', sums.readAfter / sums.charactersAfter, percent, `chance: at most ${percent(atChance)}`, value => value <= atChance),
  ]
}

function censusRows({ truth, census }: Output): readonly Row[] {
  const expected = trueCensus(truth)
  const counts = compareCensus(expected, census).map(count =>
    ({ measure: `census: ${count.name}`, value: String(count.counted), expected: `${count.truth}, within 5 % or 2`, passed: count.passed }))
  return [...counts, row('census: vehicles in a wrong entry', misplaced(expected, census), percent, 'at most 5 %', value => value <= 0.05)]
}

/** How often always guessing the most common sign is right. */
function blindGuess(truth: Truth): number {
  const signs = truth.photos.flatMap(photo => photo.vehicles).flatMap(vehicle => vehicle.plate.characters).map(character => character.sign)
  const counts = new Map<string, number>()
  for (const sign of signs) counts.set(sign, (counts.get(sign) ?? 0) + 1)
  return Math.max(...counts.values()) / signs.length
}

function row(measure: string, value: number, write: (value: number) => string, expected: string, passes: (value: number) => boolean): Row {
  return { measure, value: write(value), expected, passed: passes(value) }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function detect(path: string): ReturnType<typeof detectPlates> {
  return detectPlates({ path, name: path, bytes: 0 })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false)
}
