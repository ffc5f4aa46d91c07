// Asynchronous workers that each wait 5 ms: the engine's rate against concurrency / 5 ms, and against a bare loop with the same timers.
import { sized, type Bench } from './bench.ts'
import { alternate, loadOf, medianOf } from './measure/alternate.ts'
import { inChild } from './measure/child.ts'
import type { WaitingRun, WaitingWorkers } from './subjects/waiting-workers.ts'

const waitMs = 5
const concurrencies = [50, 200, 500, 1_000, 2_000, 5_000]
const secondsAtIdeal = 5
const itemsMost = 1_000_000
/** Where the rate falls below this share of the bare loop, the curve bends. */
const bendsBelow = 90

export const bench: Bench = {
  name: 'waiting',
  about: `Workers that each wait ${waitMs} ms, over items stored before, from start to the last commit.`,
  targets: [50, 200].map(concurrency => ({ figure: figureAt(concurrency), unit: '%', atLeast: 90 })),
  async run({ share, rounds, note }) {
    const rows: (string | number)[][] = []
    const figures: Record<string, number> = {}
    for (const concurrency of concurrencies) {
      const ideal = concurrency / (waitMs / 1000)
      const items = sized(Math.min(ideal * secondsAtIdeal, itemsMost), share, concurrency * 20)
      const contender = (by: WaitingWorkers['by']) => ({ name: by, measure: () => inChild<WaitingRun>('waiting-workers', { by, items, concurrency, waitMs }) })
      const [ours, bare] = await alternate([contender('batchwork'), contender('bare loop')], rounds, text => note(`waiting, ${concurrency} at once: ${text}`))
      const rateOf = (result: typeof ours) => items / medianOf(result!, ({ seconds }) => seconds)
      figures[figureAt(concurrency)] = (rateOf(ours) / ideal) * 100
      figures[`share of the bare loop at ${concurrency}`] = (rateOf(ours) / rateOf(bare)) * 100
      rows.push([concurrency, ideal, Math.round(rateOf(bare)), Math.round(rateOf(ours)), percent(rateOf(ours) / ideal), percent(rateOf(bare) / ideal), percent(rateOf(ours) / rateOf(bare)), items, loadOf(ours!)])
    }
    const columns = ['concurrency', 'ideal items/s', 'bare loop', 'batchwork', 'ours of ideal', 'bare of ideal', 'ours of bare', 'items', 'load']
    return { tables: [{ title: 'Medians of alternating rounds', columns, rows }], figures, notes: [bendText(figures)] }
  },
}

function figureAt(concurrency: number): string {
  return `share of the ideal at ${concurrency}`
}

function bendText(figures: Readonly<Record<string, number>>): string {
  const bend = concurrencies.find(concurrency => figures[`share of the bare loop at ${concurrency}`]! < bendsBelow)
  const where = bend === undefined ? `The rate stays within ${100 - bendsBelow} % of the bare loop at every concurrency measured.` : `It bends at ${bend} at once: from there the engine gives less than ${bendsBelow} % of the bare loop.`
  return `${where} A timer fires late rather than early, and on whole milliseconds, so the bare loop is the true ideal.`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
