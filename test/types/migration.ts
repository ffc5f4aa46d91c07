// Database to database: a schema, ids, all or nothing, and a reducer written in place.
import { pipeline } from 'batchwork'
import { readTable, upsertTable } from 'batchwork/sqlite'
import { z } from 'zod'

const Order = z.object({ id: z.coerce.bigint(), customer_id: z.number(), total_cents: z.number(), placed: z.date() })

export default pipeline('orders to the new database', { params: z.object({ since: z.iso.date().default('2020-01-01') }), tolerate: 0 }, (flow, { since }) => {
  flow.source('old orders', readTable('old.db', 'orders', { splitBy: 'id', splits: 64, where: `placed >= '${since}'` }), { schema: Order, id: order => String(order.id) })
    .map(order => ({ id: order.id, customer: order.customer_id, total: order.total_cents / 100, placed: order.placed }))
    .to(upsertTable('new.db', 'orders', { key: 'id', commit: 'run' }))
    .barrier('all written')
    .reduce('totals', { create: () => 0, add: (cents, order) => cents + Math.round(order.total * 100), merge: (a, b) => a + b, extract: cents => cents / 100 })
    .work('compare totals', async total => void total.toFixed())
})
