// The steps of the image pipeline, each a plain asynchronous function from one photograph to what it makes of it. They run in worker
// threads; every one may be run again on the same photograph and then does the same.
import { unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { blurPlates as blur } from './blur.ts'
import type { Box } from './boxes.ts'
import { openCv } from './open-cv.ts'
import { decodePicture, encodePicture, readPicture, writeWhole } from './pictures.ts'
import { findPlates } from './plates.ts'
import { type Vehicle, cropVehicles, nameVehicle } from './vehicles.ts'

export type { Box, Vehicle }

/** A file as the file source gives it, of which these are used. */
export interface Photo { readonly path: string; readonly name: string; readonly bytes: number }
export interface Located extends Photo { readonly plates: readonly Box[] }
export interface Blurred extends Located { readonly blurred: string }
export interface Cropped extends Blurred { readonly crops: readonly Uint8Array[] }

const photoQuality = 88
const cropQuality = 92

/** Finds the number plates. Throws CorruptPhotoError where the file is no whole photograph. */
export async function detectPlates(photo: Photo): Promise<Located> {
  const { cv } = await openCv()
  return { ...photo, plates: findPlates(cv, await readPicture(photo.path)) }
}

/** Writes a copy with the plates blurred into the folder `blurred` beside the folder of the photograph, whole or not at all. */
export async function blurPlates(photo: Located): Promise<Blurred> {
  const { cv } = await openCv()
  const blurred = join(dirname(dirname(photo.path)), 'blurred', basename(photo.path))
  await writeWhole(blurred, await encodePicture(blur(cv, await readPicture(photo.path), photo.plates), photoQuality))
  return { ...photo, blurred }
}

/** Cuts a small picture of each vehicle out of the blurred photograph. */
export async function findVehicles(photo: Blurred): Promise<Cropped> {
  const { cv } = await openCv()
  const crops = cropVehicles(cv, await readPicture(photo.blurred), photo.plates)
  return { ...photo, crops: await Promise.all(crops.map(crop => encodePicture(crop, cropQuality))) }
}

/** Names what each small picture shows, if that is a vehicle. */
export async function nameVehicles(photo: Pick<Cropped, 'crops'>): Promise<readonly Vehicle[]> {
  const { cv } = await openCv()
  const named = await Promise.all(photo.crops.map(async crop => nameVehicle(cv, await decodePicture(crop))))
  return named.filter(vehicle => vehicle !== undefined)
}

/** Deletes the original. One that is already gone was deleted by an earlier attempt. */
export async function removeOriginal(photo: Photo): Promise<void> {
  await unlink(photo.path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
