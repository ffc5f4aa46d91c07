// Page counts of an access log: lines of compressed and plain files, a filter, and a reduce by key. Lines that cannot be parsed, about
// one in a thousand here, become dead letters with their file and line; more than 1% would stop the run.
//
//     npx node examples/access-log/generate.ts
//     npx batchwork run examples/access-log/pipeline.ts --day 2026-11-20
//
// The result is examples/access-log/out/pages-2026-11-20.csv.
import { join } from 'node:path'
import { count, csvFile, distinct, lines, PermanentError, pipeline, sum, together, type LineItem } from 'batchwork'
import { z } from 'zod'

const pattern = /^(?<visitor>\S+) \S+ \S+ \[[^\]]+\] "(?:GET|POST) (?<page>\S+)[^"]*" (?<status>\d{3}) (?<bytes>\d+)$/

function parse({ text }: LineItem) {
  const found = pattern.exec(text)?.groups
  if (!found) throw new PermanentError(`not a line of an access log: '${text}'`)
  return { visitor: found['visitor']!, page: found['page']!, status: Number(found['status']), bytes: Number(found['bytes']) }
}

export default pipeline('page counts', { params: z.object({ day: z.iso.date() }), tolerate: '1%' }, (flow, { day }) => {
  const out = join(import.meta.dirname, 'out')
  const pages = flow.source('access log', lines(join(out, 'logs', day, '*')))
    .map(parse)
    .filter(hit => hit.status === 200)
    .keyBy(hit => hit.page)
    .reduce('pages', together({ hits: count(), bytes: sum(hit => hit.bytes), visitors: distinct(hit => hit.visitor) }))

  pages
    .map(({ key, value }) => ({ page: key, ...value }))
    .to(csvFile(join(out, `pages-${day}.csv`), { columns: ['page', 'hits', 'bytes', 'visitors'] }), { name: 'report' })
  return { pages }
})
