// Parameters, narrowing, keys and a table that is a result.
import { pipeline } from 'batchwork'
import { z } from 'zod'
import { count, csvFile, distinct, lines, sum, together } from './gathered.ts'

const pattern = /^(?<visitor>\S+) \S+ \S+ \[(?<at>[^\]]+)\] "(?:GET|POST) (?<page>\S+)[^"]*" (?<status>\d{3}) (?<bytes>\d+)/

export default pipeline('page counts', { params: z.object({ day: z.iso.date() }), tolerate: '0.1%' }, (flow, { day }) => {
  const pages = flow.source('access log', lines(`logs/${day}/*.log.gz`))
    .map(line => pattern.exec(line.text)?.groups as { visitor: string; page: string; status: string; bytes: string } | undefined)
    .filter(hit => hit !== undefined)
    .filter(hit => hit.status === '200')
    .keyBy(hit => hit.page)
    .reduce('pages', together({ hits: count(), bytes: sum(hit => Number(hit.bytes)), visitors: distinct(hit => hit.visitor) }))

  pages.map(({ key, value }) => ({ page: key, ...value })).to(csvFile(`report-${day}.csv`, { columns: ['page', 'hits', 'bytes', 'visitors'] }), { name: 'report' })
  return { pages }
})
