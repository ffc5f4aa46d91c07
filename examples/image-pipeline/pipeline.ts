// Number plates are blurred in photographs of parked vehicles; when every photograph is done the originals are deleted, and the vehicles
// are counted by kind and colour.
//
//     node examples/image-pipeline/generate.ts --count 300 --seed 1 --out demo
//     npx batchwork run examples/image-pipeline/pipeline.ts --folder demo
import { join } from 'node:path'
import { countBy, files, jsonFile, multiWorker, PermanentError, pipeline } from 'batchwork'
import { z } from 'zod'
import { blurPlates, detectPlates, findVehicles, nameVehicles, removeOriginal, type Photo } from './workers/vision.ts'

export default pipeline('parking', { params: z.object({ folder: z.string().default('demo') }) }, (flow, { folder }) => {
  const blurred = flow.source('photos', files(join(folder, 'photos', '*.jpg')))
    .shard('blur shards', { by: photo => photo.path, shards: { north: {}, south: {}, west: {}, east: {} } })
    .work('blur', multiWorker(locatePlates, blurPlates), { threads: 'auto' })

  const safe = blurred.barrier('all blurred')

  safe.work('delete originals', removeOriginal)

  const census = safe
    .shard('recognition shards', { by: photo => photo.path, shards: 4 })
    .work('recognise', multiWorker(findVehicles, nameVehicles), { threads: 'auto' })
    .flatMap(vehicles => vehicles)
    .reduce('census', countBy(vehicle => `${vehicle.kind}/${vehicle.colour}`))

  census.to(jsonFile(join(folder, 'census.json')), { name: 'write census' })
  return { census }
})

/** A corrupt photograph will not get better by trying again. */
async function locatePlates(photo: Photo) {
  try {
    return await detectPlates(photo)
  } catch (error) {
    if ((error as Error).name === 'CorruptPhotoError') throw new PermanentError((error as Error).message, { cause: error })
    throw error
  }
}
