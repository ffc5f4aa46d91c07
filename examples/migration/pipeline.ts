// A CSV file into a database table: all rows or none. The rows are staged beside the table and moved into it in one transaction when the
// last of them is written; behind the barrier, what the table holds is compared with what was read.
//
//     npx node examples/migration/generate.ts
//     npx batchwork run examples/migration/pipeline.ts
//
// The result is the table 'orders' in examples/migration/out/shop.db.
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { count, csv, jsonFile, PermanentError, pipeline, sum, together } from 'batchwork'
import { upsertTable } from 'batchwork/sqlite'
import { z } from 'zod'

const out = join(import.meta.dirname, 'out')
const shop = join(out, 'shop.db')

const Order = z.object({ id: z.coerce.number().int(), customer: z.string().min(1), cents: z.coerce.number().int(), placed: z.iso.date() })

interface Totals {
  readonly orders: number
  readonly cents: number
}

export default pipeline('orders to the shop', { tolerate: 0 }, flow => {
  flow.source('old orders', csv(join(out, 'orders.csv')), { schema: Order })
    .to(upsertTable(shop, 'orders', { key: 'id', commit: 'run' }), { name: 'orders' })
    .barrier('all written')
    .reduce('totals', together({ orders: count(), cents: sum(order => order.cents) }))
    .work('compare totals', compare)
    .to(jsonFile(join(out, 'totals.json')), { name: 'report' })
})

function compare(read: Totals): Totals {
  using database = new DatabaseSync(shop, { readOnly: true })
  const row = database.prepare('SELECT count(*) AS orders, sum(cents) AS cents FROM orders').get()!
  const written = { orders: Number(row['orders']), cents: Number(row['cents']) }
  if (written.orders === read.orders && written.cents === read.cents) return read
  throw new PermanentError(`read ${JSON.stringify(read)}, but the table holds ${JSON.stringify(written)}`)
}
