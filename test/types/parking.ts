// The image pipeline: multi-workers in shards with a rollout, a barrier, a census.
import { multiWorker, pipeline } from 'batchwork'
import { countBy, files, jsonFile, type FileItem } from './gathered.ts'

interface Located extends FileItem { readonly plates: readonly { readonly x: number; readonly y: number }[] }
interface Blurred extends FileItem { readonly blurred: string }
interface Vehicle { readonly kind: string; readonly colour: string }

const detectPlates = async (photo: FileItem): Promise<Located> => ({ ...photo, plates: [] })
const blurPlates = async (photo: Located): Promise<Blurred> => ({ ...photo, blurred: photo.path })
const findVehicles = async (photo: Blurred) => ({ ...photo, crops: [] as Uint8Array[] })
const nameVehicles = async (photo: { readonly crops: readonly Uint8Array[] }): Promise<Vehicle[]> => photo.crops.map(() => ({ kind: 'van', colour: 'red' }))
const removeOriginal = async (_photo: Blurred): Promise<void> => {}

export default pipeline('parking', flow => {
  const blurred = flow.source('photos', files('photos/*.jpg'))
    .shard('blur shards', { by: photo => photo.path, shards: { north: { region: 'eu-north' }, south: { region: 'eu-south' }, west: {}, east: {} } })
    .work('blur', multiWorker(detectPlates, blurPlates), {
      threads: 2,
      rollout: { from: multiWorker(detectPlates, blurPlates), order: ['north', 'south'], soak: '30m', rollBackAbove: '2%' },
    })

  const safe = blurred.barrier('all blurred')
  safe.work('delete originals', removeOriginal)

  const census = safe
    .shard('recognition shards', { by: photo => photo.path, shards: 4 })
    .work('recognise', multiWorker(findVehicles, nameVehicles), { threads: 2 })
    .flatMap(vehicles => vehicles)
    .reduce('census', countBy(vehicle => `${vehicle.kind}/${vehicle.colour}`))

  census.to(jsonFile('census.json'))
  return { census }
})
