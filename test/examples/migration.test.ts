import { deepEqual, equal } from 'node:assert/strict'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

function ordersIn(example: Example): { readonly orders: number; readonly cents: number } {
  using database = new DatabaseSync(join(example.path, 'out', 'shop.db'), { readOnly: true })
  const row = database.prepare('SELECT count(*) AS orders, coalesce(sum(cents), 0) AS cents FROM orders').get()!
  return { orders: Number(row['orders']), cents: Number(row['cents']) }
}

onEachEngine('all orders are in the table, and the totals agree', async engine => {
  using example = new Example('migration', engine)
  const generated = await example.node('generate.ts')
  equal(generated.code, 0, generated.errors)
  const { code, errors } = await example.run()
  equal(code, 0, errors)

  const rows = readFileSync(join(example.path, 'out', 'orders.csv'), 'utf8').trimEnd().split('\n').slice(1)
  const cents = rows.reduce((total, row) => total + Number(row.split(',').at(-2)), 0)
  deepEqual(ordersIn(example), { orders: rows.length, cents })
  deepEqual(JSON.parse(example.text('out/totals.json')), { orders: rows.length, cents })
})

onEachEngine('with one row that does not fit, the table stays empty and nothing behind the barrier happens', async engine => {
  using example = new Example('migration', engine)
  await example.node('generate.ts')
  appendFileSync(join(example.path, 'out', 'orders.csv'), '5001,"Customer 0, Ltd",many,2026-10-01\n')
  const { code, errors } = await example.run()
  equal(code, 3, errors)
  deepEqual(ordersIn(example), { orders: 0, cents: 0 })
  equal(example.has('out/totals.json'), false)
})
