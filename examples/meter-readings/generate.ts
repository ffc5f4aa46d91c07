// Writes a day of readings of 50 meters, one JSON Lines file an hour.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'out', 'readings')

rmSync(join(import.meta.dirname, 'out'), { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (let hour = 0; hour < 24; hour++) {
  const readings = Array.from({ length: 50 }, (_, meter) => JSON.stringify({ meter, hour, watts: 200 + ((meter * 37 + hour * 91) % 900) }))
  writeFileSync(join(folder, `${String(hour).padStart(2, '0')}.jsonl`), `${readings.join('\n')}\n`)
}
