// The pipelines that are deployed in tests.

/** Reads a topic that others fill, and writes one. */
export const mail = `
import { pipeline, topic } from 'batchwork'
console.log('a line that is no manifest')
const signUps = topic('sign-ups')
const sent = topic('sent')
export default pipeline('mail', flow => {
  flow.source(signUps).work('check', item => item).shard('by letter', { by: item => item.email, shards: 2 }).work('send', item => item).to(sent)
})
`

/** Two stages that many processes can work on, and one that belongs to one of them. */
export const post = `
import { pipeline, topic } from 'batchwork'
const letters = topic('letters')
export default pipeline('post', flow => {
  flow.source(letters).work('weigh', item => item).work('stamp', item => item).keyBy(item => item.street).work('stack', item => item, { ordered: true })
})
`

/** Ends, and has a parameter. */
export const report = `
import { items, pipeline } from 'batchwork'
import { z } from 'zod'
export default pipeline('Daily Report!', { params: z.object({ day: z.string() }) }, flow => { flow.source('numbers', items([1])).work('add up', number => number) })
`

/** Leaves a file. */
export const files = `
import { items, jsonLinesFile, pipeline } from 'batchwork'
export default pipeline('files', flow => { flow.source('numbers', items([1])).to(jsonLinesFile('out/numbers.jsonl')) })
`

/** Two that read one topic, which shows the lag of one of them only. */
export const twoReaders = `
import { pipeline, topic } from 'batchwork'
const orders = topic('orders')
export default pipeline('two readers', flow => {
  flow.source(orders).work('bill', order => order)
  flow.source(orders).work('pack', order => order)
})
`

/** Gives results every ten minutes. */
export const totals = `
import { count, pipeline, topic } from 'batchwork'
const orders = topic('orders')
export default pipeline('totals', flow => {
  flow.source(orders).keyBy(order => order.region).reduce('by region', count(), { emit: { every: '10m' } }).work('show', total => total)
})
`
