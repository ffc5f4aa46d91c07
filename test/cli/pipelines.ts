// The pipelines that the command line is tested with.

/** Six numbers; PermanentError for those in BAD. */
export const numbers = `
import { items, PermanentError, pipeline } from 'batchwork'
const bad = (process.env.BAD ?? '').split(',')
export default pipeline('numbers', flow => {
  const doubled = flow.source('input', items([0, 1, 2, 3, 4, 5])).work('double', async (n, context) => {
    if (bad.includes(String(n))) throw new PermanentError('cannot double ' + n)
    return n * 2
  })
  return { doubled }
})
`

/** A barrier between blurring and deleting. */
export const gated = `
import { items, PermanentError, pipeline } from 'batchwork'
const bad = (process.env.BAD ?? '').split(',')
export default pipeline('gated', flow => {
  flow.source('photos', items(Array.from({ length: 20 }, (_, n) => 'photo ' + n)))
    .work('blur', photo => { if (bad.includes(photo.slice(6))) throw new PermanentError('no plate in ' + photo) })
    .barrier('all blurred')
    .work('delete originals', () => {})
})
`

/** Each item is noted when it is worked on; item STUCK never ends, item HELD ends when the process is asked to stop. */
export const noted = `
import { appendFileSync } from 'node:fs'
import { items, pipeline } from 'batchwork'
const stopped = new Promise(resolve => { process.once('SIGINT', resolve); process.once('SIGTERM', resolve) })
export default pipeline('noted', flow => {
  flow.source('input', items([0, 1, 2, 3, 4, 5])).work('note', async n => {
    appendFileSync('noted.txt', n + ' ')
    if (process.env.STUCK === String(n)) { process.stderr.write('AT WORK '); await new Promise(() => {}) }
    if (process.env.HELD === String(n)) { process.stderr.write('AT WORK '); await stopped }
  }, { concurrency: 1 })
})
`

export const withParameters = `
import { items, pipeline } from 'batchwork'
import { z } from 'zod'
const params = z.object({ day: z.iso.date(), maxItems: z.number().default(2), dryRun: z.boolean().optional(), tag: z.array(z.string()).optional() })
export default pipeline('report', { params }, (flow, given) => {
  const all = flow.source('input', items([given])).work('tell', item => { console.log('GIVEN ' + JSON.stringify(item)) })
  return { all }
})
`

/** A topic of the user's, read by an endless pipeline; item 'bad' fails. */
export const mail = `
import { pipeline, topic, PermanentError } from 'batchwork'
import { z } from 'zod'
export const letters = topic('letters', { schema: z.object({ to: z.string() }) })
export default pipeline('mail', flow => {
  flow.source(letters).work('send', letter => {
    if (letter.to === 'bad' && !process.env.MENDED) throw new PermanentError('no such address')
    process.stderr.write('SENT ' + letter.to + '\\n')
  })
})
`

/** Item 1 fails once and is then copied to two stages. */
export const retried = `
import { items, pipeline } from 'batchwork'
export default pipeline('retried', { work: { attempts: 3, backoff: { delay: '1ms' } } }, flow => {
  const fetched = flow.source('input', items(['a', 'b'])).work('fetch', (name, context) => {
    if (name === 'b' && context.attempt === 1) throw new Error('connection reset')
    return name
  })
  fetched.work('index', () => {})
  fetched.work('archive', () => {})
})
`
