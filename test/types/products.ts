// Events of three kinds joined by key; the same as a workflow; a stream of failures.
import { pipeline, topic, type Duration } from 'batchwork'

interface Uploaded { readonly product: string; readonly title: string }
interface VideoEncoded { readonly product: string; readonly seconds: number }
interface ImageEncoded { readonly product: string; readonly image: string }

export const uploaded = topic<Uploaded>('uploaded', { key: event => event.product })
export const videoEncoded = topic<VideoEncoded>('video encoded', { key: event => event.product })
export const imageEncoded = topic<ImageEncoded>('image encoded', { key: event => event.product })

const within: Duration = '6h'
const create = async (id: string, title: string, seconds: number, image: string) => ({ id, title, seconds, image })

export const buffered = pipeline('product creator', flow => {
  const ready = flow.joinByKey('product', {
    upload: flow.source(uploaded).keyBy(event => event.product),
    video: flow.source(videoEncoded).keyBy(event => event.product),
    image: flow.source(imageEncoded).keyBy(event => event.product),
  }, { within })

  ready.work('create product', async ({ key, upload, video, image }) => create(key, upload.title, video.seconds, image.image))
  ready.incomplete.work('tell support', async ({ key, upload, video }) => void [key, upload?.title, video ? 'no image' : 'no video'])
})

export const graph = pipeline('product creator graph', flow => {
  const uploads = flow.source(uploaded)
  const video = uploads.work('encode video', async ({ product }): Promise<VideoEncoded> => ({ product, seconds: 1 }), { processes: 4, timeout: '1h' })
  const image = uploads.work('encode image', async ({ product }): Promise<ImageEncoded> => ({ product, image: product }), { threads: 2 })

  flow.joinByKey('encoded', { upload: uploads.keyBy(e => e.product), video: video.keyBy(e => e.product), image: image.keyBy(e => e.product) }, { within })
    .work('create product', async ({ key, upload, video, image }) => create(key, upload.title, video.seconds, image.image))
  video.failed.work('tell uploader', async failure => void [failure.item.title, failure.error.message])
})
