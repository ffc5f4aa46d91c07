// Command workers beside the barest ways to start the same programs: a Node spawn loop for `true`, xargs for `sleep 0.1`.
import { sized, type Bench } from './bench.ts'
import { alternate, loadOf, medianOf, rangeOf } from './measure/alternate.ts'
import { inChild } from './measure/child.ts'
import { slots } from './peers/spawn.ts'
import type { Commands, CommandsRun } from './subjects/command-workers.ts'

const contests = [
  { figure: 'true: share of a Node spawn loop', program: 'true', parameters: [], against: 'node loop', items: 4_000, least: 100, atLeast: 90 },
  { figure: 'sleep 0.1: share of xargs -P', program: 'sleep', parameters: ['0.1'], against: 'xargs', items: 200, least: 40, atLeast: 95 },
] as const

export const bench: Bench = {
  name: 'commands',
  about: `Commands, ${slots} at a time. Ours gives each its item in a file and a folder of its own, takes its output, and commits each outcome.`,
  targets: contests.map(({ figure, atLeast }) => ({ figure, unit: '%', atLeast })),
  async run({ share, rounds, note }) {
    const rows: (string | number)[][] = []
    const figures: Record<string, number> = {}
    for (const { figure, program, parameters, against, items: full, least } of contests) {
      const items = sized(full, share, least)
      const contender = (by: Commands['by']) => ({ name: by, measure: () => inChild<CommandsRun>('command-workers', { by, program, parameters, items } satisfies Commands) })
      const results = await alternate([contender('batchwork'), contender(against)], rounds, text => note(`commands, ${program}: ${text}`))
      const rates = results.map(result => medianOf(result, ({ seconds }) => items / seconds))
      figures[figure] = (rates[0]! / rates[1]!) * 100
      rows.push(...results.map((result, index) => [
        [program, ...parameters].join(' '), result.name, rates[index]!.toFixed(1), rangeOf(result, ({ seconds }) => items / seconds, 1),
        index === 0 ? `${figures[figure]!.toFixed(1)} %` : '', items, loadOf(result),
      ]))
    }
    return { tables: [{ title: 'Medians of alternating rounds', columns: ['command', 'by', 'commands/s', 'range', 'ours of theirs', 'commands', 'load'], rows }], figures }
  },
}
