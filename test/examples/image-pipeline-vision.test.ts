// The vision of the image pipeline on photographs from a seed that nothing was built on, and proof that the checks can fail.
import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { compareCensus, trueCensus } from '../../examples/image-pipeline/checking/census.ts'
import { boxAround, matchPlates } from '../../examples/image-pipeline/checking/plates.ts'
import { type Row, checkOutput } from '../../examples/image-pipeline/checking/report.ts'
import { type Truth, generatePhotos } from '../../examples/image-pipeline/generator/photos.ts'
import { blurPlates as blurPixels } from '../../examples/image-pipeline/workers/blur.ts'
import { openCv } from '../../examples/image-pipeline/workers/open-cv.ts'
import { readPicture } from '../../examples/image-pipeline/workers/pictures.ts'
import {
  type Photo, blurPlates, detectPlates, findVehicles, nameVehicles, removeOriginal,
} from '../../examples/image-pipeline/workers/vision.ts'

const seed = 470_011
const count = 24

let folder: string
let truth: Truth
const census: Record<string, number> = {}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vision-'))
  truth = await generatePhotos({ folder: join(folder, 'photos'), truth: join(folder, 'truth.json'), count, seed })
  for (const { name } of truth.photos) {
    for (const { kind, colour } of await nameVehicles(await findVehicles(await blurPlates(await detectPlates(photo(name)))))) {
      census[`${kind}/${colour}`] = (census[`${kind}/${colour}`] ?? 0) + 1
    }
  }
})

after(() => rm(folder, { recursive: true }))

test('plates are found, unreadable after blurring, and the census is near the truth', async () => {
  const rows = await checkOutput({ truth, photos: join(folder, 'photos'), blurred: join(folder, 'blurred'), census })
  assert.deepEqual(failures(rows), [])
})

test('photographs that were not blurred fail the check: their plates are found and read', async () => {
  const rows = await checkOutput({ truth, photos: join(folder, 'photos'), blurred: join(folder, 'photos'), census })
  assert.deepEqual(failures(rows), ['blurred plates found again', 'blurred plates still read', 'characters read on blurred plates'])
})

test('a photograph without a blurred copy fails the check', async () => {
  const few = { seed, photos: truth.photos.slice(0, 1) }
  const rows = await checkOutput({ truth: few, photos: join(folder, 'photos'), blurred: join(folder, 'nowhere'), census })
  assert.ok(failures(rows).includes('photographs without a blurred copy'))
})

test('a plate that is missed lowers the recall, and a find beside it the precision', () => {
  const plates = truth.photos.flatMap(photo => photo.vehicles.map(vehicle => vehicle.plate)).slice(0, 1)
  const box = plates.map(plate => boxAround(plate.corners))
  const beside = box.map(found => ({ ...found, x: found.x + found.width }))
  assert.deepEqual(matchPlates(plates, box), { plates: 1, finds: 1, matched: 1 })
  assert.deepEqual(matchPlates(plates, []), { plates: 1, finds: 0, matched: 0 })
  assert.deepEqual(matchPlates(plates, [...box, ...beside, ...box]), { plates: 1, finds: 3, matched: 1 })
})

test('a census that misses vehicles of one colour fails the comparison', () => {
  const expected = trueCensus({ seed, photos: [...truth.photos, ...truth.photos, ...truth.photos] })
  const wrong = Object.fromEntries(Object.entries(expected).map(([key, vehicles]) => [key.replace('/red', '/blue'), vehicles]))
  const failed = compareCensus(expected, wrong).filter(count => !count.passed).map(count => count.name)
  assert.ok(failed.includes('red'))
})

test('the same seed gives the same photographs, another seed others', async () => {
  const bytes = async (seed: number): Promise<Buffer> => {
    const again = join(folder, `again-${seed}`)
    await generatePhotos({ folder: again, truth: join(folder, `again-${seed}.json`), count: 1, seed })
    return readFile(join(again, 'photo-00001.jpg'))
  }
  const first = await readFile(join(folder, 'photos', 'photo-00001.jpg'))
  assert.deepEqual(await bytes(seed), first)
  assert.notDeepEqual(await bytes(seed + 1), first)
})

test('what is written on a plate makes no difference to how it is blurred', async () => {
  const { cv } = await openCv()
  const name = firstName()
  const picture = await readPicture(photo(name).path)
  const { plates } = await detectPlates(photo(name))
  const mirrored = { ...picture, rgb: Buffer.from(picture.rgb) }
  for (const { x, y, width, height } of plates) {
    for (let row = y; row < y + height; row++) {
      for (let column = 0; column < width; column++) {
        const from = (row * picture.width + x + column) * 3
        picture.rgb.copy(mirrored.rgb, (row * picture.width + x + width - 1 - column) * 3, from, from + 3)
      }
    }
  }
  assert.notDeepEqual(mirrored.rgb, picture.rgb)
  assert.deepEqual(blurPixels(cv, mirrored, plates).rgb, blurPixels(cv, picture, plates).rgb)
})

test('blurring twice gives the same file and leaves no drafts behind', async () => {
  const first = await blurPlates(await detectPlates(photo(firstName())))
  const bytes = await readFile(first.blurred)
  const second = await blurPlates(await detectPlates(photo(firstName())))
  assert.deepEqual(await readFile(second.blurred), bytes)
  assert.equal((await readdir(join(folder, 'blurred'))).length, count)
})

test('a damaged photograph is a CorruptPhotoError that names the file, a missing one is not', async () => {
  const cut = await copyOf('cut.jpg')
  await truncate(cut.path, 20_000)
  const noise = await copyOf('noise.jpg')
  await writeFile(noise.path, 'no photograph')
  for (const damaged of [cut, noise]) {
    await assert.rejects(detectPlates(damaged), { name: 'CorruptPhotoError', code: 'corrupt-photo', path: damaged.path })
  }
  await assert.rejects(detectPlates({ ...cut, path: join(folder, 'absent.jpg') }), { code: 'ENOENT' })
})

test('an original may be removed twice', async () => {
  const original = await copyOf('original.jpg')
  await removeOriginal(original)
  await removeOriginal(original)
  assert.deepEqual((await readdir(join(folder, 'copies'))).filter(name => name === 'original.jpg'), [])
})

test('OpenCV needs no more memory after many photographs than after a few', async () => {
  const { cv } = await openCv()
  const heap = (): number => (cv as unknown as { HEAPU8: Uint8Array }).HEAPU8.length
  const before = heap()
  for (let round = 0; round < 40; round++) await detectPlates(photo(firstName()))
  assert.equal(heap(), before)
})

test('the generator and the workers import nothing of each other', async () => {
  for (const [own, other] of [['workers', 'generator'], ['generator', 'workers']] as const) {
    const source = new URL(`../../examples/image-pipeline/${own}/`, import.meta.url)
    const files = (await readdir(source)).filter(name => name.endsWith('.ts'))
    const imports = await Promise.all(files.map(async name => (await readFile(new URL(name, source), 'utf8')).match(/from '.*'/g) ?? []))
    assert.deepEqual(imports.flat().filter(line => line.includes(other) || line.includes('checking') || line.includes('training')), [])
  }
})

function photo(name: string): Photo {
  return { path: join(folder, 'photos', name), name, bytes: 0 }
}

function firstName(): string {
  return truth.photos[0]?.name ?? ''
}

async function copyOf(name: string): Promise<Photo> {
  const path = join(folder, 'copies', basename(name))
  await mkdir(join(folder, 'copies'), { recursive: true })
  await copyFile(photo(firstName()).path, path)
  return { path, name, bytes: 0 }
}

function failures(rows: readonly Row[]): readonly string[] {
  return rows.filter(row => !row.passed).map(row => row.measure)
}
