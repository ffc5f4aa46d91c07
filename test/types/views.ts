// A retained topic, tables with versions, windows, a schedule, and a lookup.
import { pipeline, sliding, topic, tumbling } from 'batchwork'
import { upsertTable } from 'batchwork/sqlite'
import { z } from 'zod'
import { count, jsonLinesFile, mean, together, topK } from './gathered.ts'

const View = z.object({ user: z.string(), film: z.string(), minutes: z.number(), at: z.iso.datetime() })
export const views = topic('views', { schema: View, key: view => view.user, time: view => new Date(view.at), keepFor: 'always' })
export const films = topic<{ readonly film: string; readonly title: string }>('films', { key: film => film.film, keepFor: 'always' })

export const recommendations = pipeline('recommendations', flow => {
  const tastes = flow.source(views)
    .keyBy(view => view.user)
    .reduce('tastes', together({ favourites: topK(20, view => view.minutes), seen: count() }), { version: 2 })
  tastes.map(({ key, value }) => ({ user: key, films: value.favourites.map(view => view.film) })).to(jsonLinesFile('recommendations.jsonl'))

  flow.source(views, { from: 'now' })
    .keyBy(view => view.film)
    .window(sliding('1h', '5m'), { allowedLateness: '2m', late: 'update' })
    .reduce('trending', count())
    .to(jsonLinesFile('trending.jsonl'))
})

export const dashboard = pipeline('dashboard', { schedule: { cron: '0 2 * * *', timeZone: 'Europe/Berlin', catchUp: 'last' } }, flow => {
  flow.source(views, { from: 'beginning' })
    .keyBy(view => view.film)
    .window(tumbling('1d'))
    .reduce('per day', together({ views: count(), minutes: mean(view => view.minutes) }))
    .map(({ key, start, value }) => ({ film: key, day: start.toISOString().slice(0, 10), ...value }))
    .to(upsertTable('dashboard.db', 'film_days', { key: ['film', 'day'], commit: 'run' }))
})

export const titled = pipeline('titled views', flow => {
  const known = flow.source(films).keyBy(film => film.film).table('films')
  const found = flow.source(views).lookup(known, view => view.film, (view, film) => ({ ...view, title: film.title }), { wait: '10s' })
  found.work('show', ({ title }) => title.toUpperCase())
  found.missing.work('report unknown', view => view.film)
})
