// The copier, a race, a merger of the copies, and commands.
import { pipeline, race, type Worker } from 'batchwork'
import { command, files, jsonLinesFile, type FileItem } from './gathered.ts'

type Format = '4k' | '1080p' | 'mobile' | 'gif'
interface Encoded { readonly path: string; readonly format: Format; readonly bytes: number }

const encode = (format: Format): Worker<FileItem, Encoded> => async ({ path, bytes }) => ({ path, format, bytes })

export default pipeline('videos', flow => {
  const videos = flow.source('videos', files('incoming/*.mp4'))

  const encoded = videos.copy(['4k', '1080p', 'mobile', 'gif'], (video, format) =>
    video.work(`encode ${format}`, race(encode(format), encode(format)), { concurrency: 2, timeout: '2h', memory: '4GB' }))

  flow.merge('encoded', Object.values(encoded)).to(jsonLinesFile('encoded.jsonl'))
  encoded.gif.filter(gif => gif.bytes > 10_000_000).work('shrink', command('gifsicle', '-O3', gif => gif.path))
  videos.work('thumbnail', command<FileItem>('ffmpeg', '-i', video => video.path, '-vframes', '1', video => `${video.name}.jpg`))
})
