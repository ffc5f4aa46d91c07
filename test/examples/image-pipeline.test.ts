import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatePhotos } from '../../examples/image-pipeline/generator/photos.ts'
import { onEachEngine } from './engines.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const pipeline = fileURLToPath(new URL('../../examples/image-pipeline/pipeline.ts', import.meta.url))
/** Never looked at while the example was written. */
const seed = 910_517

function run(folder: string, engine: string): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [main, 'run', pipeline, '--engine', engine, '--folder', folder], (_, stdout, stderr) => resolve({ code: child.exitCode, text: stdout + stderr }))
  })
}

onEachEngine('no original is deleted while one photograph is corrupt; mended, the same command completes and the census is right', async (address, t) => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-photos-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const engine = address ?? join(folder, 'store')
  const photos = join(folder, 'photos')
  const truth = await generatePhotos({ folder: photos, truth: join(folder, 'truth.json'), count: 12, seed })
  const corrupt = readdirSync(photos)[4]!
  copyFileSync(join(photos, corrupt), join(folder, 'whole.jpg'))
  truncateSync(join(photos, corrupt), 3_000)

  const shut = await run(folder, engine)
  assert.equal(shut.code, 3, shut.text)
  assert.match(shut.text, /barrier 'all blurred' stays shut/)
  assert.ok(shut.text.includes(corrupt), `the report names ${corrupt}`)
  assert.equal(readdirSync(photos).length, 12)

  copyFileSync(join(folder, 'whole.jpg'), join(photos, corrupt))
  const complete = await run(folder, engine)
  assert.equal(complete.code, 0, complete.text)
  assert.deepEqual(readdirSync(photos), [])
  assert.equal(readdirSync(join(folder, 'blurred')).length, 12)
  const census = JSON.parse(readFileSync(join(folder, 'census.json'), 'utf8')) as Readonly<Record<string, number>>
  const vehicles = truth.photos.reduce((sum, photo) => sum + photo.vehicles.length, 0)
  const counted = Object.values(census).reduce((sum, count) => sum + count, 0)
  assert.ok(Math.abs(counted - vehicles) <= Math.max(2, vehicles * 0.05), `${counted} counted of ${vehicles}`)
})
