import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'node:test'
import sharp from 'sharp'
import { Workplace } from '../cli/workplace.ts'
import { needs } from '../needs.ts'
import { onEachEngine } from './engines.ts'

const run = promisify(execFile)
const example = new URL('../../examples/video-thumbnailer/', import.meta.url).pathname
const programs = ['ffmpeg', 'ffprobe', 'jq', 'curl']

onEachEngine('each video has its picture, and what is none is set aside in the words of ffmpeg', async (engine, t) => {
  const place = new Workplace(t, {})
  const path = (name: string) => join(place.folder, name)
  await run('sh', [join(example, 'generate.sh'), path('videos')])
  mkdirSync(path('thumbnails'))
  place.write('videos.jsonl', readdirSync(path('videos'), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    .map(({ parentPath, name }) => JSON.stringify({ name, path: join(parentPath, name) })).join('\n'))
  const { code, stdout, stderr } = await place.run(
    ['queue', '--source', 'videos.jsonl', '--worker', join(example, 'thumbnail.sh'), '--env', 'THUMBNAILS', '--memory', '1GB', '--timeout', '1m', '--results', 'results', '--once', ...engine === undefined ? [] : ['--engine', engine]],
    { env: { THUMBNAILS: path('thumbnails') } },
  )
  assert.equal(code, 2, stderr)
  assert.match(stdout, /7 taken · 5 done · 2 failed/)
  assert.match(stdout, /broken\.mp4: .*exited with code 65: .*moov atom not found/)
  const results = readdirSync(path('results')).map(file => JSON.parse(readFileSync(join(path('results'), file), 'utf8')).result as { readonly picture: string; readonly codec: string; readonly width: number })
  assert.deepEqual(results.map(({ codec }) => codec).toSorted(), ['h264', 'mjpeg', 'mpeg2video', 'mpeg4', 'vp8'])
  assert.deepEqual(readdirSync(path('thumbnails')).toSorted(), results.map(({ picture }) => picture).toSorted())
  for (const { picture } of results) {
    const image = sharp(join(path('thumbnails'), picture))
    assert.equal((await image.metadata()).width, 320)
    const { channels } = await image.stats()
    assert.ok(channels.some(({ stdev }) => stdev > 20), `${picture} shows something`)
  }
}, { skip: needs(...programs) })

test('without a common disk a video is read from its address and the picture sent to another', { skip: needs(...programs) }, async t => {
  const place = new Workplace(t, {})
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=352x288:rate=25:duration=1', join(place.folder, 'old.mpg')])
  const sent = new Map<string, Buffer>()
  const server = createServer(async (request, response) => {
    if (request.method !== 'PUT') return response.end(readFileSync(join(place.folder, 'old.mpg')))
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    sent.set(request.url!, Buffer.concat(parts))
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  writeFileSync(join(place.folder, 'items'), JSON.stringify({ name: 'old.mpg', url: `${address}/old.mpg` }))
  const { code, stderr } = await place.run(['queue', '--source', 'items', '--worker', join(example, 'thumbnail.sh'), '--env', 'UPLOAD', '--once'], { env: { UPLOAD: `${address}/pictures` } })
  assert.equal(code, 0, stderr)
  assert.equal((await sharp(sent.get('/pictures/old.mpg.jpg')).metadata()).width, 320)
})
