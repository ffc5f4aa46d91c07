// Photographs before and after, side by side in one JPEG, for a person to look at:
// node examples/image-pipeline/montage.ts --truth truth.json --blurred blurred --out montage.jpg [--count 6] [--photos photos]
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp, { type OverlayOptions } from 'sharp'
import { boxAround } from './checking/plates.ts'
import { type TruePhoto, type Truth, generatePhotos } from './generator/photos.ts'

const tile = { width: 720, height: 480, caption: 30, gap: 8 }

export interface MontageOptions { readonly photos: readonly TruePhoto[]; readonly originals: string; readonly blurred: string; readonly out: string }

export async function writeMontage({ photos, originals, blurred, out }: MontageOptions): Promise<void> {
  const rowHeight = tile.height + tile.caption + tile.gap
  const tiles = await Promise.all(photos.flatMap((photo, row) => [
    place(join(originals, photo.name), `${photo.name}: before, the plates marked`, photo, 0, row * rowHeight),
    place(join(blurred, photo.name), `after: ${photo.vehicles.map(vehicle => `${vehicle.colour} ${vehicle.kind}`).join(', ')}`, undefined, tile.width + tile.gap, row * rowHeight),
  ]))
  const size = { width: 2 * tile.width + tile.gap, height: photos.length * rowHeight - tile.gap }
  await sharp({ create: { ...size, channels: 3, background: '#f4f4f2' } }).composite(tiles).toFile(out)
}

async function place(path: string, caption: string, marked: TruePhoto | undefined, left: number, top: number): Promise<OverlayOptions> {
  const photograph = sharp(path)
  const { width } = await photograph.metadata()
  const picture = await photograph.resize(tile.width, tile.height).toBuffer()
  const scale = tile.width / width
  const marks = (marked?.vehicles ?? []).map(vehicle => boxAround(vehicle.plate.corners)).map(box =>
    `<rect x="${box.x * scale - 3}" y="${box.y * scale - 3}" width="${box.width * scale + 6}" height="${box.height * scale + 6}" fill="none" stroke="#ff3df2" stroke-width="2"/>`)
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${tile.width}" height="${tile.height + tile.caption}">${marks.join('')}
<text x="6" y="${tile.height + 21}" font-family="sans-serif" font-size="16" fill="#222">${caption}</text></svg>`
  const input = await sharp(picture).extend({ bottom: tile.caption, background: '#f4f4f2' }).composite([{ input: Buffer.from(overlay) }]).png().toBuffer()
  return { input, left, top }
}

if (import.meta.main) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { truth: text, blurred: text, out: text, photos: text, count: { ...text, default: '6' } } })
  const { truth = 'truth.json', blurred = 'blurred', out = 'montage.jpg' } = values
  const { seed, photos } = JSON.parse(await readFile(truth, 'utf8')) as Truth
  const shown = photos.slice(0, Number(values.count))
  const again = await mkdtemp(join(tmpdir(), 'originals-'))
  if (values.photos === undefined) await generatePhotos({ folder: join(again, 'photos'), truth: join(again, 'truth.json'), count: shown.length, seed })
  await writeMontage({ photos: shown, originals: values.photos ?? join(again, 'photos'), blurred, out })
  await rm(again, { recursive: true })
}
