// Writes the old orders as CSV, and a database with an empty table. The same each time.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const out = join(import.meta.dirname, 'out')
const orders = Array.from({ length: 5_000 }, (_, index) => {
  const day = String((index % 28) + 1).padStart(2, '0')
  return [index + 1, `"Customer ${index % 97}, Ltd"`, (index * 7_919) % 100_000, `2026-10-${day}`].join(',')
})

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'orders.csv'), `id,customer,cents,placed\n${orders.join('\n')}\n`)

using database = new DatabaseSync(join(out, 'shop.db'))
database.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, cents INTEGER NOT NULL, placed TEXT NOT NULL) STRICT')
