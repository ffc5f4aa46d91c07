// Photographs for the demonstration: node examples/image-pipeline/generate.ts --count 300 --seed 1 --out DIR
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generatePhotos } from './generator/photos.ts'

const { values } = parseArgs({ options: { count: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' }, out: { type: 'string', default: '.' } } })
const started = performance.now()
const count = Number(values.count)
const truth = await generatePhotos({ folder: join(values.out, 'photos'), truth: join(values.out, 'truth.json'), count, seed: Number(values.seed) })
const seconds = (performance.now() - started) / 1000
const vehicles = truth.photos.reduce((sum, photo) => sum + photo.vehicles.length, 0)
console.log(`${count} photographs with ${vehicles} vehicles in ${join(values.out, 'photos')}: ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)} a second`)
