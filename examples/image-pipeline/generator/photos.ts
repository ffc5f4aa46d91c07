// Writes photographs into one folder and the truth about them somewhere else, where no worker looks.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { develop } from './darkroom.ts'
import { Random } from './random.ts'
import { type TrueVehicle, drawScene } from './scene.ts'

export interface TruePhoto { readonly name: string; readonly vehicles: readonly TrueVehicle[] }
export interface Truth { readonly seed: number; readonly photos: readonly TruePhoto[] }

export interface GenerateOptions {
  /** Where the photographs go. */
  readonly folder: string
  /** Where the truth goes: a file outside of `folder`. */
  readonly truth: string
  readonly count: number
  /** The same seed gives the same photographs. */
  readonly seed: number
}

export async function generatePhotos(options: GenerateOptions): Promise<Truth> {
  await mkdir(options.folder, { recursive: true })
  await mkdir(dirname(options.truth), { recursive: true })
  const photos: TruePhoto[] = []
  for (let index = 0; index < options.count; index++) photos.push(await takePhoto(options, index))
  const truth = { seed: options.seed, photos }
  await writeFile(options.truth, JSON.stringify(truth))
  return truth
}

async function takePhoto(options: GenerateOptions, index: number): Promise<TruePhoto> {
  const random = new Random(options.seed, index + 1)
  const name = `photo-${String(index + 1).padStart(5, '0')}.jpg`
  const scene = drawScene(random)
  await writeFile(join(options.folder, name), await develop(scene, random))
  return { name, vehicles: scene.vehicles }
}
